import { type AuditAction, type AuditEntry, appendAudit, auditEntry, refuse } from '../../audit'
import { named, rollBack } from '../../db'
import type { Locale, LocalisedCaller } from '../../i18n/locale'
import { actorName, fail, ok, type Result } from '../../kernel'
import { RULE_WAY, type SenderWay, sameAddress } from '../../policy/sender'
import { parseSenderEmail } from '../../validation/email-address'
import type { ValidationError } from '../../validation/validation-error'
import type { TestEvent } from '../connection-test/report'
import type { TestRefusal } from '../connection-test/start'
import { changeSenders, ensureSender } from './store'
import { type OneSender, one, type SendersDeps, settingsOf } from './view'

/**
 * Changes the mailbox that logs in for this sender. Its verification no longer applies then.
 *
 * @param input.from the way that the caller saw. With another one, or without it, nothing is changed.
 */
export async function setWay(
  deps: SendersDeps,
  caller: LocalisedCaller,
  input: { server: string; address: string; from: SenderWay | undefined; way: SenderWay },
): Promise<Result<void, { kind: 'gone' | 'changed' }>> {
  const { server, from, way } = input
  const known = await one(deps, server, input.address)
  if (!known) return fail({ kind: 'gone' })
  const { address, way: stored, added } = known.sender
  if (stored === way) return ok(undefined)
  const entry = senderEntry('sender.change-way', caller, server, [address], { from: stored, to: way })
  if (stored !== from) return refuse(deps, entry, { kind: 'changed' })
  return changeSenders(deps, server, async (tx) => {
    const addedAt = deps.clock.now()
    // A sender that only rules name may not be stored. One that a person added and another has removed is not added again.
    if (from === RULE_WAY && !added)
      await ensureSender(tx, { mailServerId: server, address, addedBy: actorName(caller.actor), addedAt })
    const { count } = await tx.sender.updateMany({
      where: { mailServerId: server, address: named(address), way: from },
      data: { way },
    })
    if (count > 0) return appendAudit(tx, entry, addedAt)
    // Another person has chosen the same in the meantime, or has removed the sender.
    if (!(await tx.sender.findFirst({ where: { mailServerId: server, address: named(address) } })))
      rollBack({ kind: 'gone' })
  })
}

/** Messages of this person are sent as the fixed sender from now on. */
export async function remove(
  deps: SendersDeps,
  caller: LocalisedCaller,
  { server, address: typed }: { server: string; address: string },
): Promise<Result<void, { kind: 'gone' }>> {
  const address = typed.toLowerCase()
  return changeSenders(deps, server, async (tx) => {
    const { count } = await tx.sender.deleteMany({ where: { mailServerId: server, address: named(address) } })
    if (count === 0) rollBack({ kind: 'gone' })
    await appendAudit(tx, senderEntry('sender.remove', caller, server, [address]), deps.clock.now())
  })
}

function senderEntry(
  action: AuditAction,
  caller: LocalisedCaller,
  server: string,
  addresses: readonly string[],
  details: AuditEntry['details'] = {},
): AuditEntry {
  const subject = addresses.length === 1 ? `sender:${addresses[0]}` : `mail-server:${server}`
  return auditEntry(action, caller, subject, { server, count: addresses.length, ...details })
}

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
  const addedBy = actorName(caller.actor)
  if (known.sender.rules.length > 0)
    await ensureSender(deps.db, { mailServerId: server, address, addedBy, addedAt: deps.clock.now() })
  const digest = deps.senderCache.digestOf(change.settings, { address, mailbox })
  return mailServer.test(caller, { change: ok(change), to, dryRun: false, as: { address, mailbox, digest } })
}

export const permission = (
  { servers }: SendersDeps,
  { sender: { address, login, way } }: OneSender,
  server: string,
  locale: Locale,
): Promise<string[]> => servers.of(server).permission({ address, mailbox: login, way }, locale)

/** Senders of one mail server. Delivery holds all of them in memory, ten kilobytes for each hundred. */
export const SENDERS_MAX = 10_000
/** Senders of one form. The audit entry names all of them. */
export const ADDED_MAX = 100
/** Characters of a wrong line that its error repeats. */
const ERROR_CHARS_MAX = 80

/** Lines are counted from 1. */
export type AddFault =
  | { kind: 'gone' }
  | { kind: 'lines'; lines: { line: number; text: string; validationError: ValidationError }[] }
  | { kind: 'none' }
  | { kind: 'too-many'; max: number }
  | Full

/** Nothing is added if all of them would be too many. */
type Full = { kind: 'full'; max: number }

/** Adds senders, one address a line. An address that exists already stays as it is. */
export async function add(
  deps: SendersDeps,
  caller: LocalisedCaller,
  { server, typed, way }: { server: string; typed: string; way: SenderWay },
): Promise<Result<{ added: number; known: number }, AddFault>> {
  const parsed = await check(deps, server, typed)
  if (!parsed.ok) return parsed
  const addresses = parsed.value
  const entry = (added: readonly string[]) =>
    senderEntry('sender.add', caller, server, added, {
      way,
      ...(added.length > 1 && { addresses: added.join(', ') }),
    })
  const done = await changeSenders<{ added: number; known: number }, Full>(deps, server, async (tx) => {
    const where = { mailServerId: server, address: { in: addresses } }
    const known = (await tx.sender.findMany({ where, select: { address: true } })).map(({ address }) => address)
    const added = addresses.filter((address) => !known.includes(address))
    if (added.length === 0) return { added: 0, known: known.length }
    const count = await tx.sender.count({ where: { mailServerId: server } })
    if (count + added.length > SENDERS_MAX) rollBack({ kind: 'full', max: SENDERS_MAX })
    const row = { mailServerId: server, way, addedBy: actorName(caller.actor), addedAt: deps.clock.now() }
    await tx.sender.createMany({ data: added.map((address) => ({ ...row, address })) })
    await appendAudit(tx, entry(added), row.addedAt)
    return { added: added.length, known: known.length }
  })
  return done.ok || done.error.kind === 'gone' ? done : refuse(deps, entry(addresses), done.error)
}

/** The addresses that these lines would add. */
export async function check(deps: SendersDeps, server: string, typed: string): Promise<Result<string[], AddFault>> {
  const settings = await settingsOf(deps, server)
  if (settings?.type !== 'exchange-online-oauth2') return fail({ kind: 'gone' })
  return parseAddresses(typed, settings.senderAddress)
}

/** Addresses separated by line ends, blanks, commas or semicolons; each once, in lower case. A line has at most one error. */
function parseAddresses(typed: string, own: string): Result<string[], AddFault> {
  const addresses = new Set<string>()
  const lines: Extract<AddFault, { kind: 'lines' }>['lines'] = []
  for (const [index, line] of typed.split(/\r\n|\r|\n/u).entries()) {
    const errors: { text: string; validationError: ValidationError }[] = []
    for (const text of line.split(/[\s,;]+/u).filter((part) => part !== '')) {
      const parsed = parseSenderEmail(text)
      if (!parsed.ok) errors.push({ text, validationError: parsed.error })
      else if (sameAddress(parsed.value, own)) errors.push({ text, validationError: { key: 'sender.own' } })
      else addresses.add(parsed.value.toLowerCase())
    }
    const [first] = errors
    if (first) {
      const text = errors.map((each) => each.text).join(' ')
      lines.push({ line: index + 1, text: text.slice(0, ERROR_CHARS_MAX), validationError: first.validationError })
    }
    if (addresses.size + lines.length > ADDED_MAX) return fail({ kind: 'too-many', max: ADDED_MAX })
  }
  if (lines.length > 0) return fail({ kind: 'lines', lines })
  return addresses.size === 0 ? fail({ kind: 'none' }) : ok([...addresses])
}
