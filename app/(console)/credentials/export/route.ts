import { routeCaller } from '@/app/_server/caller'
import { CREDENTIALS_PATH } from '@/app/paths'
import type { Probe } from '@/lib/credentials/store/probes'
import type { CredentialView } from '@/lib/credentials/views'
import type { Translator } from '@/lib/i18n/translations'
import { translatorFor } from '@/lib/i18n/translations'
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
  const [all, dependentsOn] = await Promise.all([credentials.slots(), dependents()])
  const views = exported(all, query)
  const { actor, origin } = caller
  await audit.record({
    action: 'credentials.export',
    actor,
    origin,
    result: 'done',
    subject: null,
    details: { rows: views.length },
  })
  return new Response(
    csvText([headings(t), ...views.map((view) => rowOf(view, dependentsOn(view.mailServer.id), t))]),
    {
      headers: {
        'cache-control': 'no-store',
        'x-content-type-options': 'nosniff',
        'content-type': 'text/csv; charset=utf-8',
        'content-disposition': 'attachment; filename="postroom-credentials.csv"',
      },
    },
  )
}

const probeResult = ({ isPropagating }: CredentialView, { outcome }: Probe) =>
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
const rowOf = (view: CredentialView, dependents: Dependents, t: Translator<'credentials'>): string[] => [
  t(`kind.${view.kind}`),
  slotLabel(view, t),
  t(`state.${view.state}`),
  view.daysLeft === null ? '' : String(view.daysLeft),
  view.createdAt.toISOString(),
  view.startsAt?.toISOString() ?? '',
  view.expiresAt?.toISOString() ?? '',
  view.foundExpiresAt?.toISOString() ?? '',
  view.mailServer.name,
  view.mailServer.senderAddress,
  dependentLines(dependents, t).join('; '),
  view.owners.join('; '),
  view.note,
  view.keyId ?? '',
  view.latestProbe ? t(`probe.${probeResult(view, view.latestProbe)}`) : '',
  view.latestProbe?.at.toISOString() ?? '',
]
