import { type Destination, destinationText } from '../../kernel/destination'
import type { Vault } from '../../kernel/sealing'

/**
 * Identifies what is verified of a sender (docs/decisions/0014): this application, this login mailbox, this address. Secret and sender
 * name are not part of it, because the permissions in Exchange do not depend on them.
 */
export const senderDigest = (
  destination: Destination,
  { mailbox, address }: { mailbox: string; address: string },
  vault: Pick<Vault, 'digest'>,
): string =>
  vault.digest(JSON.stringify(['sender', destinationText(destination), mailbox.toLowerCase(), address.toLowerCase()]))
