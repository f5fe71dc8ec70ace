import { routeCaller } from '@/app/_server/caller'
import { download } from '@/app/_server/download'
import { CREDENTIALS_PATH } from '@/app/paths'
import { auditEntry } from '@/lib/audit/entry'
import type { Probe } from '@/lib/credentials/store/probes'
import { type ExpiringView, holderOf } from '@/lib/credentials/views'
import { type Translator, translatorFor } from '@/lib/i18n/translations'
import { csvText } from '@/lib/kernel/csv'
import { services } from '@/lib/services'
import { exported, queryText, readQuery } from '../_list/query'
import { type Dependents, dependentLines, dependents } from '../_view/dependents'
import { slotLabel } from '../_view/labels'

/** The table as a file, with the filter and order of the page. */
export async function GET(request: Request): Promise<Response> {
  const query = readQuery(Object.fromEntries(new URL(request.url).searchParams))
  const caller = await routeCaller(request, 'credentials:read', { freshFrom: `${CREDENTIALS_PATH}${queryText(query)}` })
  if (caller instanceof Response) return caller
  const { credentials, audit } = services()
  const t = translatorFor(caller.locale, 'credentials')
  const [slots, keys, dependentsOn] = await Promise.all([credentials.slots(), credentials.apiKeys(), dependents()])
  const views = exported({ slots, keys }, query)
  await audit.record(auditEntry('credentials.export', caller, null, { rows: views.length }))
  const text = csvText([headings(t), ...views.map((view) => rowOf(view, dependentsOn, t))])
  return download('postroom-credentials.csv', 'text/csv; charset=utf-8', text)
}

const probeResult = ({ isPropagating }: ExpiringView, { outcome }: Probe) =>
  isPropagating && outcome === 'refused' ? 'not-known-yet' : outcome

const headings = (t: Translator<'credentials'>): string[] => [
  t('filter.kind'),
  t('one.slot'),
  t('table.state'),
  t('table.left'),
  t('one.stored'),
  t('one.starts'),
  t('table.ends'),
  t('one.found'),
  t('table.server'),
  t('one.usedBySender'),
  t('dependents.title'),
  t('table.owner'),
  t('one.note'),
  t('one.keyId'),
  t('one.check'),
  t('one.when'),
]

/** Each cell is named, so that nothing else of a credential gets into the file. */
function rowOf(view: ExpiringView, on: (id: string) => Dependents, t: Translator<'credentials'>): string[] {
  const { name, address } = holderOf(view)
  const probe = view.kind === 'api-key' ? null : view.latestProbe
  return [
    t(`kind.${view.kind}`),
    view.kind === 'api-key' ? '' : slotLabel(view, t),
    t(`state.${view.state}`),
    view.daysLeft === null ? '' : String(view.daysLeft),
    view.createdAt.toISOString(),
    view.startsAt?.toISOString() ?? '',
    view.expiresAt?.toISOString() ?? '',
    view.foundExpiresAt?.toISOString() ?? '',
    name,
    address,
    view.kind === 'api-key' ? '' : dependentLines(on(view.mailServer.id), t).join('; '),
    view.owners.join('; '),
    view.note,
    view.keyId ?? '',
    probe ? t(`probe.${probeResult(view, probe)}`) : '',
    probe?.at.toISOString() ?? '',
  ]
}
