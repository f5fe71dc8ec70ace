import { fail, ok, type Result } from '../kernel/result'
import { parseSenderEmail } from '../validation/email-address'
import { parseDisplayName, parseProfileName } from '../validation/text'
import { invalid, type Parsed, type ValidationError } from '../validation/validation-error'
import type { PolicyFields, RuleFields } from './draft'
import { type Pattern, parsePattern, patternText } from './pattern'
import {
  type Mailbox,
  PATTERNS_MAX,
  type PolicyRules,
  REGEXES_MAX,
  RULES_MAX,
  type Rule,
  type RuleOutcome,
  TEXT_CHARS_MAX,
} from './rules'

/** What is wrong with a rule's field; `rule` null: with the rules as a whole. */
export interface RuleError {
  rule: string | null
  field: keyof RuleFields
  validationError: ValidationError
  /** Of a pattern: its line, counted from 1, and its text, cut short. */
  pattern?: { line: number; text: string }
}

const ID = /^[A-Za-z0-9_-]{1,36}$/
const SERVER_ID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/
const SHOWN_CHARS_MAX = 80

/** The rules as they are typed in normal form, or everything that is wrong with them. */
export function parsePolicy({ rules, otherwise }: PolicyFields): Result<PolicyRules, RuleError[]> {
  const validationErrors: RuleError[] = []
  if (rules.length > RULES_MAX)
    return fail([{ rule: null, field: 'id', validationError: { key: 'rule.tooMany', params: { max: RULES_MAX } } }])
  if (typedChars(rules) > TEXT_CHARS_MAX)
    return fail([
      { rule: null, field: 'id', validationError: { key: 'rule.tooLong', params: { max: TEXT_CHARS_MAX } } },
    ])
  if (!rules.every(({ id }) => ID.test(id)) || new Set(rules.map(({ id }) => id)).size < rules.length)
    return fail([{ rule: null, field: 'id', validationError: { key: 'rule.ids' } }])

  const parsed = rules.map((fields) => parseRule(fields, validationErrors))
  const regexes = parsed.flatMap(({ senders, recipients }) => [...senders, ...recipients]).filter(isRegex).length
  if (regexes > REGEXES_MAX)
    validationErrors.push({
      rule: null,
      field: 'senders',
      validationError: { key: 'rule.regexes', params: { max: REGEXES_MAX } },
    })
  return validationErrors.length > 0 ? fail(validationErrors) : ok({ rules: parsed, otherwise })
}

const typedChars = (rules: readonly RuleFields[]): number =>
  rules.reduce(
    (sum, { name, senders, recipients, senderAddress, senderName }) =>
      sum + name.length + senders.length + recipients.length + senderAddress.length + senderName.length,
    0,
  )

const isRegex = ({ kind }: Pattern): boolean => kind === 'regex'

function parseRule(fields: RuleFields, validationErrors: RuleError[]): Rule {
  const { id, enabled } = fields
  const read = <T>(field: keyof RuleFields, parsed: Parsed<T>, otherwise: T): T => {
    if (parsed.ok) return parsed.value
    validationErrors.push({ rule: id, field, validationError: parsed.error })
    return otherwise
  }
  return {
    id,
    name: read('name', named(fields.name), ''),
    enabled,
    senders: readPatterns(fields, 'senders', validationErrors),
    recipients: readPatterns(fields, 'recipients', validationErrors),
    outcome: readOutcome(fields, read),
  }
}

function named(text: string): Parsed<string> {
  const name = parseProfileName(text)
  return !name.ok && name.error.key === 'name.required' ? invalid('rule.name') : name
}

/** What a declining rule would send as is not looked at. */
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

const parseServer = (id: string): Parsed<string> => (SERVER_ID.test(id) ? ok(id) : invalid('rule.server'))

/** Patterns stand one a line; several addresses or domains may share one. An expression has its line to itself. */
function readPatterns(fields: RuleFields, side: 'senders' | 'recipients', validationErrors: RuleError[]): Pattern[] {
  const found = new Map<string, Pattern>()
  for (const [index, line] of fields[side].split(/\r\n|\r|\n/u).entries()) {
    for (const text of labelsOf(line.trim())) {
      const pattern = parsePattern(text)
      if (pattern.ok) found.set(sameKey(pattern.value), pattern.value)
      else
        validationErrors.push({
          rule: fields.id,
          field: side,
          validationError: pattern.error,
          pattern: { line: index + 1, text: text.slice(0, SHOWN_CHARS_MAX) },
        })
    }
    if (found.size > PATTERNS_MAX) {
      const validationError = { key: 'rule.patterns', params: { max: PATTERNS_MAX } }
      validationErrors.push({ rule: fields.id, field: side, validationError })
      break
    }
  }
  return [...found.values()]
}

/** Two patterns with one key match the same. Letters count in an expression: `\\D` is not `\\d`. */
const sameKey = (pattern: Pattern): string =>
  isRegex(pattern) ? patternText(pattern) : patternText(pattern).toLowerCase()

const labelsOf = (line: string): string[] =>
  line === '' ? [] : /^["/]/u.test(line) ? [line] : line.split(/[\s,;]+/u).filter((word) => word !== '')

/** Rules as the form shows them; parses back to themselves. */
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
