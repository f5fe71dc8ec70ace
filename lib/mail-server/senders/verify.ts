import type { Locale, LocalisedCaller } from '../../i18n/locale'
import { actorName } from '../../kernel/actor'
import { fail, ok, type Result } from '../../kernel/result'
import type { TestEvent } from '../connection-test/report'
import type { TestRefusal } from '../connection-test/start'
import type { SendersDeps } from './deps'
import { ensureSender } from './store'
import { type OneSender, one } from './view'

/** Sends a real message as this sender, by the connection test of the mail server. The outcome is the newest result of the sender. */
export async function verify(
  deps: SendersDeps,
  caller: LocalisedCaller,
  { server, address: typed, to }: { server: string; address: string; to: string },
): Promise<Result<AsyncGenerator<TestEvent, void, void>, { kind: 'gone' } | TestRefusal>> {
  const mailServer = deps.servers.of(server)
  const [known, change] = await Promise.all([one(deps, server, typed), mailServer.savedChange()])
  if (!known || !change) return fail({ kind: 'gone' })
  const { address, login: mailbox } = known.sender
  if (known.sender.rules.length > 0) await ensureSender(deps, server, { address, by: actorName(caller.actor) })
  const digest = deps.known.digestOf(change.settings, { address, mailbox })
  return mailServer.test(caller, { change: ok(change), to, dryRun: false, as: { address, mailbox, digest } })
}

/** Commands that give this sender its permission in Exchange. */
export const permission = (
  { servers }: SendersDeps,
  { sender: { address, login, way } }: OneSender,
  server: string,
  locale: Locale,
): Promise<string[]> => servers.of(server).permission({ address, mailbox: login, way }, locale)
