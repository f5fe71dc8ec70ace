import { type Destination, destinationText } from '../../kernel/destination'
import type { Vault } from '../../kernel/sealing'

/**
 * What a sender's proof is about (docs/decisions/0014): this application, this mailbox logging in, this address. The secret and
 * the sender's name are no part of it: Exchange's permissions do not depend on them.
 */
export const senderDigest = (
  destination: Destination,
  { mailbox, address }: { mailbox: string; address: string },
  vault: Pick<Vault, 'digest'>,
): string =>
  vault.digest(JSON.stringify(['sender', destinationText(destination), mailbox.toLowerCase(), address.toLowerCase()]))
