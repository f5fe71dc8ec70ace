import { fail, isUuid, ok, type Result } from '../kernel'
import { parseSenderEmail } from '../validation/email-address'
import { parseDisplayName, parseRuleName } from '../validation/text'
import { invalid, type Parsed, type ValidationError } from '../validation/validation-error'
import type { PolicyFields, RuleFields } from './draft'
import { parsePattern, patternText } from './pattern'
import { type Mailbox, NO_RULE, type Pattern, type PolicyRules, type Rule, type RuleOutcome } from './rules'

/** What is wrong with a field of a rule. `rule` is null if it concerns the rules as a whole. */
export interface RuleError {
  rule: string | null
  field: keyof RuleFields
  validationError: ValidationError
  /** For an invalid pattern, its line, counted from 1, and the beginning of its text. */
  pattern?: { line: number; text: string }
}

/** Limits what one decision evaluates and one form carries. Organisations have about ten rules. */
export const RULES_MAX = 50
/** For the senders, and for the recipients, of one rule. */
export const PATTERNS_MAX = 100
/** In all rules together, because each may cost a few milliseconds per message. */
export const REGEXES_MAX = 50
/** All text in all rules together. */
export const TEXT_CHARS_MAX = 20_000

const ID = /^[A-Za-z0-9_-]{1,36}$/
/** How much of an invalid pattern is repeated in the error. */
const PATTERN_SHOWN_CHARS_MAX = 80

/** Parses typed rules into normal form, or returns everything that is wrong with them. */
export function parsePolicy({ rules, otherwise }: PolicyFields): Result<PolicyRules, RuleError[]> {
  const validationErrors: RuleError[] = []
  const ofAll = (field: 'id' | 'senders', validationError: ValidationError) => ({ rule: null, field, validationError })
  if (rules.length > RULES_MAX) return fail([ofAll('id', { key: 'rule.tooMany', params: { max: RULES_MAX } })])
  if (typedChars(rules) > TEXT_CHARS_MAX)
    return fail([ofAll('id', { key: 'rule.tooLong', params: { max: TEXT_CHARS_MAX } })])
  if (!rules.every(({ id }) => ID.test(id)) || new Set(rules.map(({ id }) => id)).size < rules.length)
    return fail([ofAll('id', { key: 'refused.tokenMissing' })])

  // Before they are compiled, which takes milliseconds for each.
  if (typedRegexes(rules) > REGEXES_MAX)
    return fail([ofAll('senders', { key: 'rule.regexes', params: { max: REGEXES_MAX } })])

  const parsed = rules.map((fields) => parseRule(fields, validationErrors))
  return validationErrors.length > 0 ? fail(validationErrors) : ok({ rules: parsed, otherwise })
}

/** One rule for itself, since a draft seldom parses as a whole: of what `instead` does not set, its fields as they were typed. */
export function parseAlone(fields: RuleFields, instead: Partial<RuleFields>): Rule | undefined {
  const parsed = parsePolicy({ rules: [{ ...fields, name: 'x', ...instead }], otherwise: 'allow' })
  return parsed.ok ? parsed.value.rules[0] : undefined
}

const typedChars = (rules: readonly RuleFields[]): number =>
  rules.reduce(
    (sum, { name, senders, recipients, senderAddress, senderName }) =>
      sum + name.length + senders.length + recipients.length + senderAddress.length + senderName.length,
    0,
  )

const typedRegexes = (rules: readonly RuleFields[]): number =>
  rules
    .flatMap(({ senders, recipients }) => `${senders}\n${recipients}`.split(/[\r\n]+/))
    .flatMap((line) => patternTextsIn(line.trim()))
    .filter((text) => text.startsWith('/')).length

function parseRule(fields: RuleFields, validationErrors: RuleError[]): Rule {
  const { id, enabled } = fields
  const read = <T>(field: keyof RuleFields, parsed: Parsed<T>, otherwise: T): T => {
    if (parsed.ok) return parsed.value
    validationErrors.push({ rule: id, field, validationError: parsed.error })
    return otherwise
  }
  return {
    id,
    name: read('name', fields.name.trim() === NO_RULE ? invalid('rule.nameReserved') : parseRuleName(fields.name), ''),
    enabled,
    senders: readPatterns(fields, 'senders', validationErrors),
    recipients: readPatterns(fields, 'recipients', validationErrors),
    outcome: readOutcome(fields, read),
  }
}

/** The sender fields of a rule that declines are ignored. */
function readOutcome(
  { verdict, senderAddress, senderName, individual, server: picked }: RuleFields,
  read: <T>(field: keyof RuleFields, parsed: Parsed<T>, otherwise: T) => T,
): RuleOutcome {
  if (verdict === 'decline') return { verdict }
  const name = read('senderName', parseDisplayName(senderName), '')
  const server = picked === '' ? null : read('server', parseServer(picked), '')
  if (senderAddress.trim() === '') {
    if (name !== '') read('senderName', invalid('rule.nameAlone'), null)
    return { verdict, sender: null, individual, server }
  }
  const sender: Mailbox = { address: read('senderAddress', parseSenderEmail(senderAddress), ''), name }
  return { verdict, sender, individual, server }
}

const parseServer = (id: string): Parsed<string> => (isUuid(id) ? ok(id) : invalid('rule.server'))

/** Several addresses or domains may share a line. A regular expression needs a line for itself, because it may contain separators. */
function readPatterns(fields: RuleFields, side: 'senders' | 'recipients', validationErrors: RuleError[]): Pattern[] {
  const patterns = new Map<string, Pattern>()
  for (const [index, line] of fields[side].split(/\r\n|\r|\n/u).entries()) {
    for (const text of patternTextsIn(line.trim())) {
      const pattern = parsePattern(text)
      if (pattern.ok) patterns.set(keyOf(pattern.value), pattern.value)
      else
        validationErrors.push({
          rule: fields.id,
          field: side,
          validationError: pattern.error,
          pattern: { line: index + 1, text: text.slice(0, PATTERN_SHOWN_CHARS_MAX) },
        })
    }
    if (patterns.size > PATTERNS_MAX) {
      const validationError: ValidationError = { key: 'rule.patterns', params: { max: PATTERNS_MAX } }
      validationErrors.push({ rule: fields.id, field: side, validationError })
      break
    }
  }
  return [...patterns.values()]
}

/** Two patterns with the same key match the same addresses. Case matters in a regular expression: `\\D` is not `\\d`. */
const keyOf = (pattern: Pattern) =>
  pattern.kind === 'regex' ? patternText(pattern) : patternText(pattern).toLowerCase()

const patternTextsIn = (line: string): string[] =>
  /^["/]/u.test(line) ? [line] : line.split(/[\s,;]+/u).filter((text) => text !== '')

/** Rules as the form shows them. Parsing the result gives the same rules. */
export const fieldsOf = ({ rules, otherwise }: PolicyRules): PolicyFields => ({
  otherwise,
  rules: rules.map(({ id, name, enabled, senders, recipients, outcome }) => ({
    id,
    name,
    enabled,
    senders: senders.map(patternText).join('\n'),
    recipients: recipients.map(patternText).join('\n'),
    verdict: outcome.verdict,
    senderAddress: (outcome.verdict === 'allow' && outcome.sender?.address) || '',
    senderName: (outcome.verdict === 'allow' && outcome.sender?.name) || '',
    individual: outcome.verdict === 'allow' && outcome.individual,
    server: (outcome.verdict === 'allow' && outcome.server) || '',
  })),
})
