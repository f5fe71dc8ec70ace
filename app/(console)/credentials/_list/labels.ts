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

/** The start of the lifetime: according to Microsoft or the certificate, otherwise the time at which it was stored here. */
export const beginOf = ({ startsAt, createdAt }: Pick<CredentialView, 'startsAt' | 'createdAt'>): Date =>
  startsAt ?? createdAt
