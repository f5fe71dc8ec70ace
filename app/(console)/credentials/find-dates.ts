import 'server-only'
import { type Outcome, refused, succeeded } from '@/app/_form/outcome'
import type { OperatorCaller } from '@/app/_server/caller'
import { absoluteDate } from '@/components/timestamp'
import type { DiscoverFault, Discovery } from '@/lib/credentials/inventory/discover'
import type { CredentialView } from '@/lib/credentials/views'
import { type Translator, translatorFor } from '@/lib/i18n/translations'
import { services } from '@/lib/services'
import { nameOf } from './_view/labels'

/** Asks Graph, and describes the result in sentences. */
export async function findDates(caller: OperatorCaller, mailServerId: string): Promise<Outcome> {
  const t = translatorFor(caller.locale, 'credentials')
  const { credentials } = services()
  const discovered = await credentials.discover(caller, mailServerId)
  if (!discovered.ok) return faultOf(discovered.error, t)
  const views = await credentials.list()
  return succeeded(...linesOf(discovered.value, views, caller, t))
}

function faultOf(fault: DiscoverFault, t: Translator<'credentials'>): Outcome {
  switch (fault.kind) {
    case 'not-permitted':
      return { kind: 'refused', message: t('find.notPermitted'), commands: fault.commands }
    case 'no-token':
      return refused(t('find.noToken', { code: fault.diagnosis.code }))
    case 'graph':
      return refused(t(`find.graph.${fault.fault.kind}`))
    default:
      return refused(t(`fault.${fault.kind}`))
  }
}

function linesOf(
  { stored, unmatched }: Discovery,
  views: readonly CredentialView[],
  { locale }: OperatorCaller,
  t: Translator<'credentials'>,
): string[] {
  const lines = stored.flatMap(({ credentialId, outcome }) => {
    const view = views.find(({ id }) => id === credentialId)
    if (!view) return []
    const credential = nameOf(view, t)
    if (outcome.kind !== 'found') return t(`find.${outcome.kind}`, { credential })
    const { endsAt } = outcome.match
    return endsAt
      ? t('find.found', { credential, date: absoluteDate(endsAt, locale) })
      : t('find.foundUndated', { credential })
  })
  return [...lines, t('find.others', { count: unmatched.length })]
}
