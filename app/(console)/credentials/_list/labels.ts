import type { CredentialView } from '@/lib/credentials/views'
import type { Translator } from '@/lib/i18n/translations'

/** "Client secret of “Finance” (current)". */
export const nameOf = (
  view: Pick<CredentialView, 'kind' | 'slot' | 'isFallback'> & { mailServer: { name: string } },
  t: Translator<'credentials'>,
): string => t('name', { kind: t(`kind.${view.kind}`), server: view.mailServer.name, slot: slotLabel(view, t) })

export const slotLabel = (
  { slot, isFallback }: Pick<CredentialView, 'slot' | 'isFallback'>,
  t: Translator<'credentials'>,
): string => t(isFallback ? 'slot.fallback' : `slot.${slot}`)

/** Where a life begins that is drawn and told: as Microsoft or the certificate has it, else when it was stored here. */
export const beginOf = ({ startsAt, createdAt }: Pick<CredentialView, 'startsAt' | 'createdAt'>): Date =>
  startsAt ?? createdAt
