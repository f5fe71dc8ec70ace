import type { CredentialView } from '@/lib/credentials/room'
import type { Words } from '@/lib/kernel/words'

/** "Client secret of “Finance” (current)". */
export const nameOf = (
  view: Pick<CredentialView, 'kind' | 'slot' | 'isFallback'> & { mailServer: { name: string } },
  t: Words,
): string => t('name', { kind: t(`kind.${view.kind}`), server: view.mailServer.name, slot: slotWord(view, t) })

export const slotWord = ({ slot, isFallback }: Pick<CredentialView, 'slot' | 'isFallback'>, t: Words): string =>
  t(isFallback ? 'slot.fallback' : `slot.${slot}`)

/** Where a life begins that is drawn and told: as Microsoft or the certificate has it, else when it was stored here. */
export const beginOf = ({ startsAt, createdAt }: Pick<CredentialView, 'startsAt' | 'createdAt'>): Date =>
  startsAt ?? createdAt
