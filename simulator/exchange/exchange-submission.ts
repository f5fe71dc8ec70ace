import { type Mailbox, mailboxOf, type Tenant, type World } from '../world/world'
import { header, readMessage } from './mime'
import type { Conversation } from './smtp-host'

/** The address in a From header, in lower case. */
function addressIn(value: string): string {
  const address = /<([^<>]*)>\s*$/.exec(value)?.[1] ?? value
  return address.trim().toLowerCase()
}

const UPON = 'Failed to process message due to a permanent exception with message'

/** Why Exchange refuses a complete message, or null if it does not. */
export function refuseMessage(world: World, raw: Buffer, talk: Conversation, tail: string): string | null {
  const { login } = talk
  const tenant = world.tenants.find(({ id }) => id === login?.tenantId)
  const mailbox = tenant && login && mailboxOf(tenant, login.user)
  if (!tenant || !mailbox) return `530 5.7.57 Client not authenticated to send mail. ${tail}`
  if (login.principalId !== null && !mailbox.fullAccess.includes(login.principalId)) {
    return `430 4.2.0 STOREDRV; mailbox logon failure; failed to process message due to a transient exception with message Cannot open mailbox. ConnectionFailedTransientException.MapiExceptionLogonFailed: Unable to open message store. ${tail}`
  }
  if (mailbox.blocked) return `550 5.1.8 Access denied, bad outbound sender AS(42004) ${tail}`
  if (raw.length > world.limits.maxMessageBytes) {
    return `552 5.3.4 Message size exceeds fixed maximum message size ${tail}`
  }
  if (mailbox.full) {
    return `554 5.2.2 mailbox full; STOREDRV.Submission.Exception:QuotaExceededException.MapiExceptionShutoffQuotaExceeded; ${UPON} Cannot submit message. ${tail}`
  }
  return refuseFrom(tenant, mailbox, raw, talk, tail)
}

function refuseFrom(tenant: Tenant, mailbox: Mailbox, raw: Buffer, talk: Conversation, tail: string): string | null {
  const { headers } = readMessage(raw)
  const from = header({ headers }, 'from')
  if (from === '') return `550 5.7.512 Access denied, message must be RFC 5322 section 3.6.2 compliant ${tail}`
  const claimed = [addressIn(from), ...(talk.sender ? [talk.sender.toLowerCase()] : [])]
  const denied = claimed.find((address) => !maySendAs(tenant, mailbox, address))
  if (denied === undefined) return null
  return `554 5.2.252 SendAsDenied; ${mailbox.address} not allowed to send as ${denied}; STOREDRV.Submission.Exception:SendAsDeniedException.MapiExceptionSendAsDenied; ${UPON} Cannot submit message. ${tail}`
}

function maySendAs(tenant: Tenant, mailbox: Mailbox, address: string): boolean {
  const other = mailboxOf(tenant, address)
  if (!other) return false
  return other === mailbox || other.sendAs.some((known) => known.toLowerCase() === mailbox.address.toLowerCase())
}
