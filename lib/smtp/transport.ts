import { type Clock, fail, systemClock } from '../kernel'
import type { Dialer } from '../net'
import type { FailedAttempt, MailTransport, SmtpServer } from './contracts'
import { compose } from './message'
import { Session } from './session'

/** A host name or an address literal. Anything else could be a second command. */
const EHLO_NAME = /^([a-z0-9]([a-z0-9.-]*[a-z0-9])?|\[(IPv6:)?[0-9a-f.:]+\])$/i

/**
 * Sends all mail. Tests use one connection for each attempt, deliveries one for many messages. `ehloName` is our name in EHLO: a host name, or
 * an address literal if there is none.
 */
export function createMailTransport(
  dialer: Dialer,
  { ehloName, clock = systemClock }: { ehloName: string; clock?: Clock },
): MailTransport {
  if (!EHLO_NAME.test(ehloName)) throw new Error('Not a name to greet with')
  return {
    async attempt(server, mail, options) {
      const message = await compose(mail)
      if (!message) return fail(unfaithful(server))
      const opened = await Session.open(dialer, server, { ehloName, clock, observer: options })
      if (!opened.ok) return opened
      try {
        return await opened.value.deliver(message, options)
      } finally {
        opened.value.end()
      }
    },

    connect: (server, observer) => Session.open(dialer, server, { ehloName, clock, observer }),
  }
}

/** The fault for an address that cannot be sent unchanged, such as a quoted `<`. No connection is opened. */
function unfaithful({ login }: SmtpServer): FailedAttempt {
  const reply = 'an address in this message cannot be written unchanged'
  return { stage: 'recipient', fault: { kind: 'smtp', code: 501, enhanced: '5.1.3', reply, login: login.kind } }
}
