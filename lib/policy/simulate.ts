import { type FailingCause, fail, ok, type Result, remembered } from '../kernel'
import { parseRecipientEmail, parseRecipientEmails } from '../validation/email-address'
import { allParsed, type ValidationError } from '../validation/validation-error'
import { compile, type Decision, decide } from './decide'
import { type PolicyDeps, type RuleServer, type RuleServers, sendingBy, serverWith, type TestEvidence } from './deps'
import type { PolicyFields } from './draft'
import { parsePolicy, type RuleError } from './fields'
import { NO_RULES, type PolicyRules } from './rules'
import {
  type Identity,
  isVerified,
  type SenderObservation,
  type Sending,
  type ServerLookup,
  sameAddress,
} from './sender'
import { loadRules, type StoredRules } from './store'

interface SimulationInput {
  /** Empty for a message without an originator, such as one of the console itself. */
  originator: string
  /** Separated by commas, semicolons or line ends. */
  recipients: string
  /** A draft, or null for the saved rules. */
  fields: PolicyFields | null
}

/**
 * Whether the mail server will accept a message from this sender, and how that is known.
 *
 * - `verified`, `refused`: the last test or delivery with the current settings was accepted or refused from this sender.
 * - `failing`: the server accepts no mail at present, from any sender.
 * - `expected`, `refusal-expected`: no result yet. Exchange normally accepts the mailbox that logs in and refuses others.
 * - `unknown`: no result yet, and the rules of other servers are not known.
 */
type Acceptance =
  | ({ kind: 'verified' | 'refused' } & Pick<SenderObservation, 'how' | 'evidenceId' | 'at'>)
  | { kind: 'failing'; cause: FailingCause }
  | { kind: 'expected' | 'refusal-expected' | 'unknown' }

export interface SimulatedDecision extends Decision {
  /** Null if the message is not sent. */
  acceptance: Acceptance | null
  /** The sender that was asked for, where the mail server's own replaces it because no rule matches; otherwise null. */
  replaced: string | null
  serverName: string | null
  /** The failover server that delivers for its mail server now, and whose settings decide. */
  failover: { id: string; name: string } | null
}

export type SimulationError =
  | { kind: 'fields'; originator?: ValidationError; recipients?: ValidationError }
  | { kind: 'rules'; validationErrors: RuleError[] }
  /** No mail server is saved, or the saved settings cannot be read. */
  | { kind: 'no-server' }
  | { kind: 'unreadable' }

/** Shows which rule and sender a message would get, by the same function that delivery uses. */
export async function simulate(
  { db, mailServers }: Pick<PolicyDeps, 'db' | 'mailServers'>,
  input: SimulationInput,
): Promise<Result<SimulatedDecision[], SimulationError>> {
  return simulateRules(input.fields ? null : await loadRules(db), mailServers, input)
}

/** @param saved the saved rules, which are used unless the input has a draft */
export async function simulateRules(
  saved: StoredRules | null,
  mailServers: RuleServers,
  input: SimulationInput,
): Promise<Result<SimulatedDecision[], SimulationError>> {
  const parsed = allParsed({
    originator: input.originator.trim() === '' ? ok(null) : parseRecipientEmail(input.originator),
    recipients: parseRecipientEmails(input.recipients),
  })
  if (!parsed.ok) return fail({ kind: 'fields', ...parsed.error })
  const { originator, recipients } = parsed.value
  const rules = rulesOf(input.fields, saved)
  if (!rules.ok) return rules
  const all = await mailServers.list()
  const servers: ServerLookup = (id) => sendingBy(all)(failoverFor(all, id)?.id ?? id)
  if (!servers(null)) return fail({ kind: 'no-server' })
  const from = originator === null ? null : { address: originator, name: '' }
  const decisions = decide(compile(rules.value), servers, { originator: from, recipients })
  const evidenceOf = remembered(mailServers.evidence)
  const simulated = decisions.map(async (decision): Promise<SimulatedDecision> => {
    const { server, identity, by } = decision
    const isReplaced = by.kind === 'last-line' && identity && !sameAddress(identity.from.address, originator ?? '')
    const [sending, failover] = [servers(server), failoverFor(all, server)]
    return {
      ...decision,
      replaced: isReplaced ? originator : null,
      serverName: all.length > 1 ? (serverWith(all, server)?.name ?? null) : null,
      failover: failover && { id: failover.id, name: failover.name },
      acceptance: identity && sending && acceptanceOf(identity, sending, await evidenceOf(failover?.id ?? server)),
    }
  })
  return ok(await Promise.all(simulated))
}

function acceptanceOf(
  identity: Identity,
  sending: Sending,
  { verifiedBy, deliveredBy, failing }: TestEvidence,
): Acceptance {
  const address = identity.from.address
  const isServerSender = sameAddress(address, sending.server.senderAddress)
  if (isServerSender && failing) return { kind: 'failing', cause: failing }
  if (isServerSender && verifiedBy)
    return { kind: 'verified', how: 'test', evidenceId: verifiedBy.testId, at: verifiedBy.at }
  if (isServerSender && deliveredBy)
    return { kind: 'verified', how: 'delivery', evidenceId: deliveredBy.messageId, at: deliveredBy.at }
  if (sending.server.type === 'smtp') return { kind: 'unknown' }
  const lastResult = isServerSender ? null : (sending.senders.get(address.toLowerCase())?.lastResult ?? null)
  if (lastResult) {
    const { outcome, how, evidenceId, at } = lastResult
    return { kind: outcome === 'accepted' ? 'verified' : 'refused', how, evidenceId, at }
  }
  return { kind: isVerified(sending, address) ? 'expected' : 'refusal-expected' }
}

/** As in delivery, the failover server of a failover server is not used. */
const failoverFor = (all: readonly RuleServer[], id: string | null): RuleServer | null => {
  const failoverId = serverWith(all, id)?.failoverId ?? null
  return failoverId === null ? null : serverWith(all, failoverId)
}

function rulesOf(
  fields: PolicyFields | null,
  saved: StoredRules | null,
): Result<PolicyRules, Extract<SimulationError, { kind: 'rules' | 'unreadable' }>> {
  if (fields) {
    const parsed = parsePolicy(fields)
    return parsed.ok ? parsed : fail({ kind: 'rules', validationErrors: parsed.error })
  }
  if (!saved) return ok(NO_RULES)
  return saved.rules ? ok(saved.rules) : fail({ kind: 'unreadable' })
}
