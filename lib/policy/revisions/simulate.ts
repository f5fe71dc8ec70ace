import { fail, ok, type Result } from '../../kernel/result'
import { parseRecipientEmail } from '../../validation/email-address'
import { invalid, type ValidationError } from '../../validation/validation-error'
import { compile, type Decision, decide, NO_RULES, type PolicyRules, type Servers } from '..'
import { type Acceptance, acceptanceOf } from '../acceptance'
import type { PolicyFields } from '../draft'
import { parsePolicy, type RuleError } from '../fields'
import type { RulesDeps } from './deps'
import { type NamedServer, serversOf } from './ports'

/** Recipients of one try: enough for a mail to several partners, few enough to read. */
const TRIED_MAX = 20

export interface TryInput {
  /** Empty: nobody, as with a message of the console itself. */
  originator: string
  /** Separated by commas, semicolons or line ends. */
  recipients: string
  /** A draft; null: the rules that are saved. */
  fields: PolicyFields | null
}

export interface Tried extends Decision {
  /** Null: the mail does not leave. */
  acceptance: Acceptance | null
  /** Of its mail server, where there are several. */
  serverName: string | null
  /** The backup that has taken its mail over just now, under whose settings it is decided. */
  standIn: { id: string; name: string } | null
}

export type TryFault =
  | { kind: 'fields'; originator?: ValidationError; recipients?: ValidationError }
  | { kind: 'rules'; validationErrors: RuleError[] }
  /** There is nothing to send through: no mail server is saved, or what is saved cannot be read. */
  | { kind: 'no-server' }
  | { kind: 'unreadable' }

/** As whom a mail would leave, by the very function that delivery asks. */
export async function tryMail({ store, sending: now }: RulesDeps, input: TryInput): Promise<Result<Tried[], TryFault>> {
  const originator = input.originator.trim() === '' ? ok(null) : parseRecipientEmail(input.originator)
  const recipients = readRecipients(input.recipients)
  if (!originator.ok || !recipients.ok)
    return fail({
      kind: 'fields',
      ...(!originator.ok && { originator: originator.error }),
      ...(!recipients.ok && { recipients: recipients.error }),
    })
  const rules = await rulesOf(input.fields, store)
  if (!rules.ok) return rules
  const named = await now.servers()
  const own = serversOf(named)
  const servers: Servers = (id) => own(standInFor(named, id)?.id ?? id)
  if (!servers(null)) return fail({ kind: 'no-server' })
  const from = originator.value === null ? null : { address: originator.value, name: '' }
  const decisions = decide(compile(rules.value), servers, { originator: from, recipients: recipients.value })
  const asked = [...new Set(decisions.map(({ server }) => standInFor(named, server)?.id ?? server))]
  const evidence = new Map(await Promise.all(asked.map(async (id) => [id, await now.evidence(id)] as const)))
  return ok(
    decisions.map((decision) => {
      const { server, identity } = decision
      const standIn = standInFor(named, server)
      const [sending, known] = [servers(server), evidence.get(standIn?.id ?? server)]
      return {
        ...decision,
        serverName: named.length > 1 ? (inNamed(named, server)?.name ?? null) : null,
        standIn: standIn && { id: standIn.id, name: standIn.name },
        acceptance: identity && sending && known ? acceptanceOf(identity, sending, known) : null,
      }
    }),
  )
}

const inNamed = (named: readonly NamedServer[], id: string | null): NamedServer | null =>
  named.find((each) => (id === null ? each.isDefault : each.id === id)) ?? null

/** As delivery does it: the backup of a backup is not asked. */
const standInFor = (named: readonly NamedServer[], id: string | null): NamedServer | null => {
  const standInId = inNamed(named, id)?.standInId ?? null
  return standInId === null ? null : inNamed(named, standInId)
}

async function rulesOf(
  fields: PolicyFields | null,
  store: RulesDeps['store'],
): Promise<Result<PolicyRules, Extract<TryFault, { kind: 'rules' | 'unreadable' }>>> {
  if (fields) {
    const parsed = parsePolicy(fields)
    return parsed.ok ? parsed : fail({ kind: 'rules', validationErrors: parsed.error })
  }
  const saved = await store.load()
  if (!saved) return ok(NO_RULES)
  return saved.rules ? ok(saved.rules) : fail({ kind: 'unreadable' })
}

function readRecipients(text: string): Result<string[], ValidationError> {
  const parts = text
    .split(/[,;\r\n]+/u)
    .map((part) => part.trim())
    .filter((part) => part !== '')
  if (parts.length === 0) return invalid('email.required')
  if (parts.length > TRIED_MAX) return invalid('rule.recipientsMax', { max: TRIED_MAX })
  const found: string[] = []
  for (const part of parts) {
    const parsed = parseRecipientEmail(part)
    if (!parsed.ok) return parsed
    found.push(parsed.value)
  }
  return ok([...new Set(found)])
}
