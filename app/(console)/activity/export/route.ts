import { routeCaller, whileAllowed } from '@/app/_server/caller'
import { type CsvColumns, csvDownload } from '@/app/_server/download'
import { type AuditRow, auditEntry } from '@/lib/audit'
import { type Translator, translatorFor } from '@/lib/i18n/translations'
import { services } from '@/lib/services'
import { activityHref, readActivityRequest, withNames } from '../query'

/** What matches the filters of the page, as a file. */
export async function GET(request: Request): Promise<Response> {
  const { query, filter, range } = readActivityRequest(Object.fromEntries(new URL(request.url).searchParams))
  const caller = await routeCaller(request, 'activity:read', { freshFrom: activityHref(query, { kind: 'newest' }) })
  if (caller instanceof Response) return caller
  const { audit } = services()
  // A filter that cannot be read is not applied, so the entry does not say that it was.
  const applied = Object.entries({ ...query, ...range }).filter(([name]) => name in { ...filter, ...range })
  const details = Object.fromEntries(applied.filter(([, value]) => value !== ''))
  await audit.record(auditEntry('activity.export', caller, null, details))
  const { locale } = caller
  const t = translatorFor(locale, 'activity')
  const pages = whileAllowed(request, 'activity:read', audit.pages(withNames(filter, t)))
  return csvDownload({ name: 'postroom-activity.csv', locale }, columnsOf(t), pages)
}

/** An entry as it is stored. Its number and digest show with `postroom audit verify --end` that it is still in the log. */
const columnsOf = (t: Translator<'activity'>): CsvColumns<AuditRow> => [
  [t('row.number'), ({ sequence }) => `${sequence}`],
  [t('row.exactTime'), ({ at }) => at.toISOString()],
  [t('table.who'), ({ actorName }) => actorName],
  [t('table.what'), ({ action }) => t.lookUp(`action.${action}`) ?? action],
  [t('row.action'), ({ action }) => action],
  [t('table.result'), ({ result }) => t.lookUp(`result.${result}`) ?? result],
  [t('file.subject'), ({ subject }) => subject ?? ''],
  [t('file.details'), ({ details }) => JSON.stringify(details)],
  [t('table.address'), ({ address }) => address ?? ''],
  [t('row.requestId'), ({ requestId }) => requestId ?? ''],
  [t('file.digest'), ({ hash }) => hash],
]
