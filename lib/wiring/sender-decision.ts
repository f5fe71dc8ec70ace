import type { Db } from '../db/client'
import { defaultMailServerId, readServer } from '../db/outbox-sender'
import { type Diagnosis, diagnose } from '../diagnosis'
import type { Clock } from '../kernel/clock'
import { fail, ok } from '../kernel/result'
import type { Decision, Route } from '../outbox/message'
import type { SenderDecision } from '../outbox/ports'
import { compile, type Decision as Decided, decide, NO_RULES, type SendingServer } from '../policy'
import type { RulesRoom } from '../rules'
import { NONE_PROVEN } from './rules'

const WITHOUT_RULES = compile(NO_RULES)

/**
 * As whom a mail leaves, by the rules in force at this attempt and the settings it was claimed under. Every mail leaves by the
 * default mail server. Rules or settings that cannot be read decide nothing, so nothing is sent.
 */
export function senderDecision({
  db,
  clock,
  rules,
}: {
  db: Db
  clock: Clock
  rules: Pick<RulesRoom, 'current'>
}): SenderDecision {
  const known = new Map<string, { version: number; server: SendingServer }>()

  async function serverAt(mailServerId: string, version: number): Promise<SendingServer | null> {
    const held = known.get(mailServerId)
    if (held?.version === version) return held.server
    const read = await readServer(db, mailServerId)
    if (read) known.set(mailServerId, read)
    return read?.server ?? null
  }

  return {
    route: async () => ({ mailServerId: defaultMailServerId(), mailbox: '' }),
    async decide({ originator, recipients }, { mailServerId, version }) {
      const server = await serverAt(mailServerId, version)
      if (!server) return fail(incomplete('the settings cannot be used', clock))
      // What nobody caused passes no rule, so none is read.
      const policy = originator === null ? WITHOUT_RULES : (await rules.current())?.policy
      if (!policy) return fail(incomplete('the policy rules cannot be read', clock))
      const from = originator === null ? null : { address: originator, name: '' }
      const decisions = decide(policy, { server, proven: NONE_PROVEN }, { originator: from, recipients })
      return ok(inGroups(decisions, { mailServerId, mailbox: '' }))
    },
  }
}

/** Recipients that are written to alike, in one transaction: under the same identity, for the same reason. */
function inGroups(decisions: readonly Decided[], route: Route): Decision[] {
  const groups = new Map<string, [Decided, ...Decided[]]>()
  for (const decision of decisions) {
    const key = JSON.stringify([decision.by, decision.identity])
    const group = groups.get(key)
    if (group) group.push(decision)
    else groups.set(key, [decision])
  }
  return [...groups.values()].map((group) => groupOf(group, route))
}

function groupOf(group: readonly [Decided, ...Decided[]], route: Route): Decision {
  const [{ by, identity }] = group
  const recipients = group.map(({ recipient }) => recipient)
  const told = { by: by.kind, ...(by.kind === 'rule' && { rule: by.number, name: by.name }) }
  if (!identity) return { kind: 'declined', recipients, reason: 'declined-by-rule', trace: { ...told, from: null } }
  const { from, envelopeFrom, replyTo, note } = identity
  return {
    kind: 'allowed',
    recipients,
    identity: { from, replyTo: replyTo?.address ?? null },
    envelopeFrom,
    route,
    trace: { ...told, from: from.address, ...(replyTo && { replyTo: replyTo.address }), ...(note && { note }) },
  }
}

export const incomplete = (evidence: string, clock: Clock): Diagnosis =>
  diagnose(
    { kind: 'settings', code: 'settings-incomplete', evidence },
    { stage: 'settings', claims: null, now: clock.now() },
  )
