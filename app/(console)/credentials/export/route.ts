import { routeCaller } from '@/app/_server/caller'
import { type CsvColumns, csvDownload } from '@/app/_server/download'
import { CREDENTIALS_PATH } from '@/app/paths'
import { auditEntry } from '@/lib/audit'
import { type ExpiringView, holderOf } from '@/lib/credentials/views'
import { type Translator, translatorFor } from '@/lib/i18n/translations'
import { services } from '@/lib/services'
import { exported, queryText, readQuery } from '../_list/query'
import { type Dependents, dependentLines, dependents } from '../_view/dependents'
import { slotLabel } from '../_view/labels'

export async function GET(request: Request): Promise<Response> {
  const query = readQuery(Object.fromEntries(new URL(request.url).searchParams))
  const caller = await routeCaller(request, 'credentials:read', { freshFrom: `${CREDENTIALS_PATH}${queryText(query)}` })
  if (caller instanceof Response) return caller
  const { credentials, audit } = services()
  const t = translatorFor(caller.locale, 'credentials')
  const [slots, keys, dependentsOn] = await Promise.all([credentials.slots(), credentials.apiKeys(), dependents()])
  const views = exported({ slots, keys }, query)
  await audit.record(auditEntry('credentials.export', caller, null, { rows: views.length }))
  return csvDownload({ name: 'postroom-credentials.csv', locale: t.locale }, columnsOf(t, dependentsOn), [views])
}

const columnsOf = (
  t: Translator<'credentials'>,
  dependentsOn: (mailServerId: string) => Dependents,
): CsvColumns<ExpiringView> => [
  [t('filter.kind'), ({ kind }) => t(`kind.${kind}`)],
  [t('one.slot'), (view) => (view.kind === 'api-key' ? '' : slotLabel(view, t))],
  [t('table.state'), ({ state }) => t(`state.${state}`)],
  [t('table.left'), ({ daysLeft }) => (daysLeft === null ? '' : String(daysLeft))],
  [t('one.stored'), ({ createdAt }) => createdAt.toISOString()],
  [t('one.starts'), ({ startsAt }) => startsAt?.toISOString() ?? ''],
  [t('table.ends'), ({ expiresAt }) => expiresAt?.toISOString() ?? ''],
  [t('one.found'), ({ foundExpiresAt }) => foundExpiresAt?.toISOString() ?? ''],
  [t('table.server'), (view) => holderOf(view).name],
  [t('one.usedBySender'), (view) => holderOf(view).address],
  [
    t('dependents.title'),
    (view) => (view.kind === 'api-key' ? '' : dependentLines(dependentsOn(view.mailServer.id), t).join('; ')),
  ],
  [t('table.owner'), ({ owners }) => owners.join('; ')],
  [t('one.note'), ({ note }) => note],
  [t('one.keyId'), ({ keyId }) => keyId ?? ''],
  [t('one.check'), (view) => probeResult(view, t)],
  [t('one.when'), (view) => probeOf(view)?.at.toISOString() ?? ''],
]

const probeOf = (view: ExpiringView) => (view.kind === 'api-key' ? null : view.latestProbe)

function probeResult(view: ExpiringView, t: Translator<'credentials'>): string {
  const probe = probeOf(view)
  if (!probe) return ''
  return t(view.isPropagating && probe.outcome === 'refused' ? 'probe.not-known-yet' : `probe.${probe.outcome}`)
}
