import type { Db } from '../db/client'
import { defaultMailServerId } from '../db/mail-server-id'
import { readServer } from '../db/outbox-sender'
import { type Diagnosis, diagnose } from '../diagnosis'
import type { Clock } from '../kernel/clock'
import { fail, ok } from '../kernel/result'
import type { MailServerSettings } from '../mail-server/settings'
import type { Decision, Route } from '../outbox/message'
import type { Letter, SenderDecision } from '../outbox/ports'
import { compile, type Decision as Decided, decide, NO_RULES, type Sending } from '../policy'
import { type Identity, isProven, sameAddress } from '../policy/sender'
import type { RulesRoom } from '../rules'
import type { SendersKnown } from './senders-known'

/** Which mail servers there are is asked for no more often, however much mail there is. */
const READ_EVERY_MS = 1_000

const WITHOUT_RULES = compile(NO_RULES)

/** Settings and senders as one attempt meets them. */
interface Now extends Sending {
  server: MailServerSettings
  mailServerId: string
}

/**
 * As whom a mail leaves, by the rules in force at this attempt and the settings it was claimed under. Every mail leaves by the
 * default mail server; what waits for another one is sent on to it. Rules or settings that cannot be read decide nothing, so nothing is sent.
 */
export function senderDecision({
  db,
  clock,
  rules,
  senders,
}: {
  db: Db
  clock: Clock
  rules: Pick<RulesRoom, 'current'>
  senders: SendersKnown
}): SenderDecision {
  const known = new Map<string, { version: number; server: MailServerSettings }>()
  let standard: { id: string; readMs: number } | null = null

  /** The default mail server's id: a guess is enough at acceptance, since each attempt decides anew. */
  async function lately(): Promise<string> {
    const nowMs = clock.monotonicMs()
    if (!standard || nowMs - standard.readMs >= READ_EVERY_MS)
      standard = { id: await defaultMailServerId(db), readMs: nowMs }
    return standard.id
  }

  async function serverAt(mailServerId: string, version: number | null): Promise<MailServerSettings | null> {
    const held = known.get(mailServerId)
    if (held && held.version === (version ?? held.version)) return held.server
    const read = await readServer(db, mailServerId)
    if (read) known.set(mailServerId, read)
    return read?.server ?? null
  }

  /** What nobody caused passes no rule and has no other sender, so neither is read. Null: the rules cannot be read. */
  async function decideNow(
    { originator, recipients }: Letter,
    { mailServerId, server }: { mailServerId: string; server: MailServerSettings },
  ): Promise<Decision[] | null> {
    if (originator === null) {
      const now = { mailServerId, server, senders: new Map() }
      return inGroups(decide(WITHOUT_RULES, now, { originator, recipients }), now, senders)
    }
    const [current, others] = await Promise.all([rules.current(), senders.under(mailServerId, server)])
    if (!current) return null
    const now = { mailServerId, server, senders: others }
    const from = { address: originator, name: '' }
    return inGroups(decide(current.policy, now, { originator: from, recipients }), now, senders)
  }

  return {
    async route(letter) {
      const own = { mailServerId: await lately(), mailbox: '' }
      if (letter.originator === null) return own
      // Only whose pace it waits for: the attempt decides, and sends it on if it is another's.
      const server = await serverAt(own.mailServerId, null)
      if (server?.type !== 'exchange-online-oauth2') return own
      const decisions = await decideNow(letter, { mailServerId: own.mailServerId, server })
      return decisions?.find((decision) => decision.kind === 'allowed')?.route ?? own
    },
    async decide(letter, { mailServerId, version }) {
      const standard = await lately()
      if (standard !== mailServerId)
        return ok([
          { kind: 'elsewhere', recipients: letter.recipients, route: { mailServerId: standard, mailbox: '' } },
        ])
      const server = await serverAt(mailServerId, version)
      if (!server) return fail(incomplete('the settings cannot be used', clock))
      const decisions = await decideNow(letter, { mailServerId, server })
      return decisions ? ok(decisions) : fail(incomplete('the policy rules cannot be read', clock))
    },
  }
}

/** Recipients that are written to alike, in one transaction: under the same identity, for the same reason. */
function inGroups(decisions: readonly Decided[], now: Now, senders: SendersKnown): Decision[] {
  const groups = new Map<string, [Decided, ...Decided[]]>()
  for (const decision of decisions) {
    const key = JSON.stringify([decision.by, decision.identity])
    const group = groups.get(key)
    if (group) group.push(decision)
    else groups.set(key, [decision])
  }
  return [...groups.values()].map((group) => groupOf(group, now, senders))
}

function groupOf(group: readonly [Decided, ...Decided[]], now: Now, senders: SendersKnown): Decision {
  const [{ by, identity }] = group
  const recipients = group.map(({ recipient }) => recipient)
  const told = { by: by.kind, ...(by.kind === 'rule' && { rule: by.number, name: by.name }) }
  if (!identity) return { kind: 'declined', recipients, reason: 'declined-by-rule', trace: { ...told, from: null } }
  const { from, envelopeFrom, replyTo, note } = identity
  const route = routeOf(identity, now)
  const sender = senderOf(identity, now, senders)
  return {
    kind: 'allowed',
    recipients,
    identity: { from, replyTo: replyTo?.address ?? null },
    envelopeFrom,
    route,
    sender,
    trace: {
      ...told,
      from: from.address,
      ...(replyTo && { replyTo: replyTo.address }),
      ...(route.mailbox !== '' && { login: route.mailbox }),
      ...(note && { note }),
    },
  }
}

/** The server's own mailbox is the route without a name. */
function routeOf({ login }: Identity, { mailServerId, server }: Now): Route {
  const isOther =
    server.type === 'exchange-online-oauth2' && login !== null && !sameAddress(login, server.senderAddress)
  return { mailServerId, mailbox: isOther ? login.toLowerCase() : '' }
}

/** Null: the server's own sender, or a server that is not asked who may send as whom. */
function senderOf({ from, login }: Identity, now: Now, senders: SendersKnown) {
  const { server } = now
  if (sameAddress(from.address, server.senderAddress)) return null
  const digest = senders.digestOf(server, { address: from.address, mailbox: login ?? server.senderAddress })
  return digest === null ? null : { address: from.address, digest, isProven: isProven(now, from.address) }
}

export const incomplete = (evidence: string, clock: Clock): Diagnosis =>
  diagnose(
    { kind: 'settings', code: 'settings-incomplete', evidence },
    { stage: 'settings', claims: null, now: clock.now() },
  )
