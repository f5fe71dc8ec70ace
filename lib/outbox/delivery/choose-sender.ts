import type { Db } from '../../db'
import { type Diagnosis, diagnose } from '../../diagnosis'
import { fail, groupBy, type MailServerSettings, ok, type Result } from '../../kernel'
import type { SenderCache } from '../../mail-server/senders/cache'
import { compile, type Decision, decide, NO_RULES, type Policy, type PolicyService } from '../../policy'
import { type Identity, isVerified, type Sending, type ServerLookup, sameAddress } from '../../policy/sender'
import { needSmtpUtf8 } from '../../validation/email-address'
import type { DecisionTrace, DeliveryQueue, Envelope, GroupDecision, GroupSender } from '../message'
import { readPause, type ServerIds } from '../store/sender-sources'
import type { SenderSources } from './sender-sources'

export interface ChooseSenderDeps {
  db: Db
  rules: Pick<PolicyService, 'current'>
  senders: SenderCache
  sources: SenderSources
}

export interface ChoiceContext {
  mailServerId: string
  /** Version of the settings under which the message was claimed. */
  version: number
  /** Newest revision of the policy rules. */
  rules: number
  /** The mail server that the message belongs to while it is at that server's failover server. */
  movedFromId: string | null
}

/** Used for the console's own mail, to which no policy rules apply. */
const WITHOUT_RULES = compile(NO_RULES)

/** The mail server at which a message is, with what is known about its senders. */
type Here = Sending & { server: MailServerSettings; mailServerId: string }

/** The mail server whose messages this one delivers as its failover server. */
type FailoverFor = { id: string; trace: DecisionTrace }

interface Place {
  mailServerId: string
  /** Null if the settings cannot be read. */
  server: MailServerSettings | null
  failoverFor: FailoverFor | null
}

/**
 * Predicts the delivery queues of a new message, so that it waits for the right rate limits. This is an estimate: every attempt
 * decides again and moves recipients that belong elsewhere.
 */
export async function chooseQueues(
  deps: ChooseSenderDeps,
  envelope: Envelope,
): Promise<[DeliveryQueue, ...DeliveryQueue[]]> {
  const { servers, policy } = await deps.sources.recent()
  let queues: [DeliveryQueue, ...DeliveryQueue[]] = [{ mailServerId: servers.defaultId, mailbox: '' }]
  if (envelope.originator === null || !policy) return queues
  // A rule may name another mail server, whose settings decide about the mailbox.
  for (let step = 0; step < 2; step++) {
    const [{ mailServerId }] = queues
    const server = await deps.sources.settings(mailServerId, servers.versions.get(mailServerId) ?? null)
    const place = { mailServerId, server, failoverFor: null }
    const groups = await groupsAt(deps, envelope, { policy, place, defaultId: servers.defaultId })
    const all = groups.flatMap((group) => (group.kind === 'declined' ? [] : [group.queue]))
    const [first, ...rest] = new Map(all.map((queue) => [JSON.stringify(queue), queue])).values()
    if (!first) break
    queues = [first, ...rest]
    if (first.mailServerId === mailServerId) break
  }
  return queues
}

/** A recipient that the rules decline, and which rule it is; null for the default action. */
export interface Declined {
  recipient: string
  rule: { number: number; name: string } | null
}

/**
 * The recipients that the rules decline now, so that a client gets the answer before its message is accepted. Every attempt decides
 * again. If the rules cannot be read, no recipient is declined yet.
 */
export async function declinedNow({ sources }: ChooseSenderDeps, { originator, recipients }: Envelope) {
  const { policy } = await sources.recent()
  if (!policy || originator === null) return []
  // Which mail server sends it makes no difference here: without one, only what is declined is decided.
  return decide(policy, () => null, { originator: { address: originator, name: '' }, recipients })
    .filter(({ identity, undecided }) => identity === null && !undecided)
    .map(({ recipient, by }) => ({ recipient, rule: by.kind === 'rule' ? { number: by.number, name: by.name } : null }))
}

/**
 * Chooses for each recipient whether the message is sent, from which sender and through which mail server. The rules at the time of the
 * attempt decide, and the settings under which the message was claimed. Every recipient is in exactly one group. If rules or settings
 * cannot be read, nothing is decided, and so nothing is sent.
 */
export async function chooseSenders(
  deps: ChooseSenderDeps,
  envelope: Envelope,
  { mailServerId, version, rules: newest, movedFromId }: ChoiceContext,
): Promise<Result<GroupDecision[], Diagnosis>> {
  const { sources } = deps
  const [current, { servers }, server, failoverFor] = await Promise.all([
    envelope.originator === null ? { policy: WITHOUT_RULES } : deps.rules.current(newest),
    sources.recent(),
    sources.settings(mailServerId, version),
    movedFromId === null ? null : failoverOf(deps, movedFromId),
  ])
  if (!current) return fail(incomplete('the policy rules cannot be read'))
  const place = { mailServerId, server, failoverFor }
  const groups = await groupsAt(deps, envelope, { policy: current.policy, place, defaultId: servers.defaultId })
  const elsewhere = groups.flatMap((group) => (group.kind === 'elsewhere' ? [group.queue.mailServerId] : []))
  if (elsewhere.includes(mailServerId) || (failoverFor && elsewhere.includes(failoverFor.id)))
    return fail(incomplete('the settings cannot be used'))
  const areAmong = ({ versions }: ServerIds) => elsewhere.every((id) => versions.has(id))
  // A mail server that was just added may be missing from the cached list.
  const areKnown = areAmong(servers) || areAmong((await sources.read()).servers)
  return areKnown ? ok(groups) : fail(incomplete('a rule picks a mail server that is not there'))
}

async function failoverOf({ db }: ChooseSenderDeps, id: string): Promise<FailoverFor> {
  const { name, code } = await readPause(db, id)
  return { id, trace: { backupFor: name, because: code } }
}

/** Applies the policy at one mail server. The console's own mail has only one possible sender, so no senders are read for it. */
async function groupsAt(
  { senders }: ChooseSenderDeps,
  { originator, recipients }: Envelope,
  { policy, place, defaultId }: { policy: Policy; place: Place; defaultId: string },
): Promise<GroupDecision[]> {
  const { mailServerId, server, failoverFor } = place
  const known = originator === null || !server ? new Map() : await senders.under(mailServerId, server)
  const here = server && { mailServerId, server, senders: known }
  const from = originator === null ? null : { address: originator, name: '' }
  const serverOf: ServerLookup = (id) => ([mailServerId, failoverFor?.id].includes(id ?? defaultId) ? here : null)
  const decisions = decide(policy, serverOf, { originator: from, recipients })
  return grouped(decisions).map((group) => groupDecision(group, here, { defaultId, senders, failoverFor }))
}

type Decisions = readonly [Decision, ...Decision[]]

/** Recipients with the same sender for the same reason share a transaction, but not with those who need SMTPUTF8, which a server may lack. */
function grouped(decisions: readonly Decision[]): Decisions[] {
  if (decisions.length === 1) return [decisions as Decisions]
  const keyOf = ({ by, server, identity, recipient }: Decision): string =>
    JSON.stringify([by, server, identity, needSmtpUtf8([recipient])])
  return [...groupBy(decisions, keyOf).values()]
}

/** @param here null if the settings of the mail server cannot be read */
function groupDecision(
  group: Decisions,
  here: Here | null,
  { defaultId, senders, failoverFor }: { defaultId: string; senders: SenderCache; failoverFor: FailoverFor | null },
): GroupDecision {
  const [{ by, server, identity, undecided }] = group
  const recipients = group.map(({ recipient }) => recipient)
  const mailServerId = server ?? defaultId
  const reason = {
    by: by.kind,
    ...(by.kind === 'rule' && { rule: by.number, name: by.name }),
    ...(failoverFor?.id === mailServerId && failoverFor.trace),
  }
  if (undecided || (identity && !here)) return { kind: 'elsewhere', recipients, queue: { mailServerId, mailbox: '' } }
  if (!identity || !here) return { kind: 'declined', recipients, trace: { ...reason, from: null } }
  const { from, envelopeFrom, replyTo, note } = identity
  const queue = queueOf(identity, here)
  return {
    kind: 'allowed',
    recipients,
    identity: { from, replyTo: replyTo?.address ?? null },
    envelopeFrom,
    queue,
    sender: senderOf(identity, here, senders),
    trace: {
      ...reason,
      from: from.address,
      ...(replyTo && { replyTo: replyTo.address }),
      ...(queue.mailbox !== '' && { login: queue.mailbox }),
      ...(note && { note }),
    },
  }
}

/** Messages through the server's own mailbox wait in the queue without a mailbox name. */
function queueOf({ login }: Identity, { mailServerId, server }: Here): DeliveryQueue {
  const isOtherMailbox =
    server.type === 'exchange-online-oauth2' && login !== null && !sameAddress(login, server.senderAddress)
  return { mailServerId, mailbox: isOtherMailbox ? login.toLowerCase() : '' }
}

/** Null for the server's own sender, and at a server that does not check who may send as which address. */
function senderOf({ from, login }: Identity, here: Here, senders: SenderCache): GroupSender | null {
  const { server } = here
  if (sameAddress(from.address, server.senderAddress)) return null
  const digest = senders.digestOf(server, { address: from.address, mailbox: login ?? server.senderAddress })
  return digest === null ? null : { address: from.address, digest, isVerified: isVerified(here, from.address) }
}

/** The diagnosis for settings that no message can be sent with. */
export const incomplete = (evidence: string): Diagnosis =>
  diagnose({ kind: 'settings', code: 'settings-incomplete', evidence }, { stage: 'settings', claims: null })
