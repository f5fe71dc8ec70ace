import { ReadableStream, TextEncoderStream } from 'node:stream/web'
import { routeCaller } from '@/app/_server/caller'
import { download } from '@/app/_server/download'
import { type AuditRow, auditEntry } from '@/lib/audit'
import { type Translator, translatorFor } from '@/lib/i18n/translations'
import { csvText, MARK } from '@/lib/kernel/csv'
import { services } from '@/lib/services'
import { activityHref, readActivityRequest } from '../query'

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
  // Rows are read only as fast as the client accepts them. The types of Node’s streams and of the browser’s differ.
  const rows = ReadableStream.from(texts(audit.pages(filter), translatorFor(caller.locale, 'activity')))
  const body = rows.pipeThrough(new TextEncoderStream()) as BodyInit
  return download('postroom-activity.csv', 'text/csv; charset=utf-8', body)
}

async function* texts(pages: AsyncIterable<AuditRow[]>, t: Translator<'activity'>) {
  const columns = columnsOf(t)
  yield csvText([columns.map(([heading]) => heading)])
  for await (const rows of pages)
    yield csvText(rows.map((row) => columns.map(([, cell]) => cell(row)))).slice(MARK.length)
}

/** An entry as it is stored. Its number and digest show with `postroom audit verify --end` that it is still in the log. */
const columnsOf = (t: Translator<'activity'>): [heading: string, cell: (row: AuditRow) => string][] => [
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
