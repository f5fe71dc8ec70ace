import type { Db } from '../../db/client'
import { type Diagnosis, diagnose } from '../../diagnosis'
import type { Clock } from '../../kernel/clock'
import type { MailServerSettings } from '../../kernel/mail-server-settings'
import { fail, ok } from '../../kernel/result'
import type { SendersKnown } from '../../mail-server/senders/cache'
import type { PolicyService } from '../../policy'
import {
  compile,
  type Decision as Decided,
  decide,
  NO_RULES,
  type Policy,
  type Sending,
  type Servers,
} from '../../policy'
import { type Identity, isVerified, sameAddress } from '../../policy/sender'
import type { Decision, Route } from '../message'
import type { Letter, SenderDecision } from '../ports'
import { readPause, readServer, readServerBook, type ServerBook } from '../store/sender-sources'

/** Which mail servers there are, and the rules for a guess, are asked for no more often, however much mail there is. */
const READ_EVERY_MS = 1_000

const WITHOUT_RULES = compile(NO_RULES)

/** Settings and senders as one attempt meets them. */
interface Now extends Sending {
  server: MailServerSettings
  mailServerId: string
}

/** What was looked up a moment ago. */
interface Lately {
  servers: ServerBook
  /** Null: the rules cannot be read. */
  policy: Policy | null
  readMs: number
}

/** Where a mail is that is decided about. `server` null: its settings cannot be read. */
interface At {
  mailServerId: string
  server: MailServerSettings | null
  /** It is the backup there of another one, whose mail is decided under its own settings. */
  standsIn: StandsIn | null
}

interface StandsIn {
  for: string
  /** What is told of that beside the attempt. */
  trace: { backupFor: string; because: string | null }
}

/**
 * By which mail server and as whom a mail leaves, by the rules in force at this attempt and the settings it was claimed under.
 * What is another mail server's is decided there. Rules or settings that cannot be read decide nothing, so nothing is sent.
 */
export function senderDecision({
  db,
  clock,
  rules,
  senders,
}: {
  db: Db
  clock: Clock
  rules: Pick<PolicyService, 'current'>
  senders: SendersKnown
}): SenderDecision {
  const known = new Map<string, { version: number; server: MailServerSettings }>()
  let held: Lately | null = null
  let reading: Promise<Lately> | null = null

  async function read(): Promise<Lately> {
    const readMs = clock.monotonicMs()
    const [servers, current] = await Promise.all([readServerBook(db), rules.current()])
    held = { servers, policy: current?.policy ?? null, readMs }
    return held
  }

  /** One reading for all who ask; where the last one is not much older, nobody waits for it. */
  async function lately(): Promise<Lately> {
    const ageMs = held ? clock.monotonicMs() - held.readMs : Number.POSITIVE_INFINITY
    if (held && ageMs < READ_EVERY_MS) return held
    reading ??= read().finally(() => {
      reading = null
    })
    if (!held || ageMs >= 2 * READ_EVERY_MS) return reading
    reading.catch(() => {}) // told to whoever asks next
    return held
  }

  async function serverAt(mailServerId: string, version: number | null): Promise<MailServerSettings | null> {
    const held = known.get(mailServerId)
    if (held && held.version === (version ?? held.version)) return held.server
    const read = await readServer(db, mailServerId)
    if (read) known.set(mailServerId, read)
    return read?.server ?? null
  }

  /** What nobody caused has no other sender, so none are read. */
  async function decideAt(
    { originator, recipients }: Letter,
    policy: Policy,
    { mailServerId, server, standsIn }: At,
    { defaultId }: ServerBook,
  ): Promise<Decision[]> {
    const others = originator === null || !server ? new Map() : await senders.under(mailServerId, server)
    const now = server && { mailServerId, server, senders: others }
    const from = originator === null ? null : { address: originator, name: '' }
    const here: Servers = (id) => ([mailServerId, standsIn?.for].includes(id ?? defaultId) ? now : null)
    return inGroups(decide(policy, here, { originator: from, recipients }), { now, defaultId, senders, standsIn })
  }

  return {
    /** Only whose pace it waits for: the attempt decides, and sends it on if it is another's. */
    async route(letter) {
      const { servers, policy } = await lately()
      const own = { mailServerId: servers.defaultId, mailbox: '' }
      if (letter.originator === null || !policy) return own
      let route: Route = own
      for (let hops = 0; hops < 2; hops++) {
        const server = await serverAt(route.mailServerId, null)
        const { mailServerId } = route
        const decisions = await decideAt(letter, policy, { mailServerId, server, standsIn: null }, servers)
        const first = decisions.find((decision) => decision.kind !== 'declined')
        if (!first) return route
        const isThere = first.route.mailServerId === route.mailServerId
        route = first.route
        if (isThere) break
      }
      return route
    },

    async decide(letter, { mailServerId, version, rules: newest, movedFromId }) {
      const [current, { servers }, server, standsIn] = await Promise.all([
        letter.originator === null ? { policy: WITHOUT_RULES } : rules.current(newest),
        lately(),
        serverAt(mailServerId, version),
        movedFromId === null ? null : standingIn(movedFromId),
      ])
      if (!current) return fail(incomplete('the policy rules cannot be read', clock))
      const decisions = await decideAt(letter, current.policy, { mailServerId, server, standsIn }, servers)
      const away = decisions.flatMap((decision) => (decision.kind === 'elsewhere' ? [decision.route.mailServerId] : []))
      if (away.includes(mailServerId) || (standsIn && away.includes(standsIn.for)))
        return fail(incomplete('the settings cannot be used', clock))
      // One that was added a moment ago may not be known yet.
      const isThere = away.every((id) => servers.ids.has(id)) || (await areThere(away))
      return isThere ? ok(decisions) : fail(incomplete('a rule picks a mail server that is not there', clock))
    },
  }

  async function standingIn(id: string): Promise<StandsIn> {
    const { name, code } = await readPause(db, id)
    return { for: id, trace: { backupFor: name, because: code } }
  }

  async function areThere(ids: readonly string[]): Promise<boolean> {
    const { servers } = await read()
    return ids.every((id) => servers.ids.has(id))
  }
}

/** Recipients that are written to alike, in one transaction: under the same identity, for the same reason. */
function inGroups(decisions: readonly Decided[], circumstances: Circumstances): Decision[] {
  const groups = new Map<string, [Decided, ...Decided[]]>()
  for (const decision of decisions) {
    const key = JSON.stringify([decision.by, decision.server, decision.identity])
    const group = groups.get(key)
    if (group) group.push(decision)
    else groups.set(key, [decision])
  }
  return [...groups.values()].map((group) => groupOf(group, circumstances))
}

interface Circumstances {
  /** The mail server at which it is decided; null: its settings cannot be read. */
  now: Now | null
  defaultId: string
  senders: SendersKnown
  standsIn: StandsIn | null
}

function groupOf(group: readonly [Decided, ...Decided[]], circumstances: Circumstances): Decision {
  const { now, defaultId, senders, standsIn } = circumstances
  const [{ by, server, identity, undecided }] = group
  const recipients = group.map(({ recipient }) => recipient)
  const told = {
    ...{ by: by.kind, ...(by.kind === 'rule' && { rule: by.number, name: by.name }) },
    ...(standsIn?.for === (server ?? defaultId) && standsIn.trace),
  }
  if (undecided || (identity && !now))
    return { kind: 'elsewhere', recipients, route: { mailServerId: server ?? defaultId, mailbox: '' } }
  if (!identity || !now)
    return { kind: 'declined', recipients, reason: 'declined-by-rule', trace: { ...told, from: null } }
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
  return digest === null ? null : { address: from.address, digest, isVerified: isVerified(now, from.address) }
}

export const incomplete = (evidence: string, clock: Clock): Diagnosis =>
  diagnose(
    { kind: 'settings', code: 'settings-incomplete', evidence },
    { stage: 'settings', claims: null, now: clock.now() },
  )
