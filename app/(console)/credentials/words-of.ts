import type { CredentialView } from '@/lib/credentials/room'
import type { Words } from '@/lib/kernel/words'

/** "Client secret (current)". */
export const nameOf = (view: Pick<CredentialView, 'kind' | 'slot' | 'isFallback'>, t: Words): string =>
  `${t(`kind.${view.kind}`)} (${slotWord(view, t)})`

export const slotWord = ({ slot, isFallback }: Pick<CredentialView, 'slot' | 'isFallback'>, t: Words): string =>
  t(isFallback ? 'slot.fallback' : `slot.${slot}`)

/** Where a life begins that is drawn and told: as Microsoft or the certificate has it, else when it was stored here. */
export const beginOf = ({ startsAt, createdAt }: Pick<CredentialView, 'startsAt' | 'createdAt'>): Date =>
  startsAt ?? createdAt
