import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { anyRules } from '../../tests/support/policy'
import { processorMs } from '../../tests/support/processor-time'
import {
  applyStep,
  changedSince,
  type Difference,
  differences,
  EMPTY_RULE,
  moved,
  type PolicyFields,
  type RuleFields,
  stepOf,
  stepText,
  undone,
} from './draft'
import { fieldsOf, PATTERNS_MAX, parsePolicy, REGEXES_MAX, RULES_MAX, TEXT_CHARS_MAX } from './fields'
import { storedRules } from './store'

const rule = (id: string, change: Partial<RuleFields> = {}): RuleFields => ({
  ...EMPTY_RULE,
  id,
  name: id.toUpperCase(),
  ...change,
})
const draft = (...rules: RuleFields[]): PolicyFields => ({ rules, otherwise: 'allow' })
const order = ({ rules }: PolicyFields): string => rules.map(({ id }) => id).join('')
const abc = draft(
  rule('a'),
  rule('b', { senderAddress: 'info@contoso.example', senderName: 'Info' }),
  rule('c', { individual: true }),
)
const pressed = (text: string): PolicyFields => {
  const step = stepOf(text)
  if (!step) throw new Error(text)
  return applyStep(abc, step, 'n')
}

describe('R-12 a save on an old revision would undo', () => {
  const to = (recipients: string, id = 'a') => rule(id, { recipients })
  const base = draft(to('old'), rule('b'))
  const theirs = draft(to('theirs'), rule('b'))
  test.each<[string, PolicyFields, PolicyFields, string[]]>([
    ['a field that both changed', draft(to('mine'), rule('b')), theirs, ['field a.recipients']],
    ['a field that only the other person changed', base, theirs, ['field a.recipients']],
    ['no field that only this person changed', draft(to('mine'), rule('b')), base, []],
    ['no field that both changed alike', draft(to('theirs'), rule('b', { name: 'Mine' })), theirs, []],
    ['a rule that one person changed and the other removed', draft(rule('b')), theirs, ['added a']],
    ['the removal of a rule that this person changed', draft(to('mine'), rule('b')), draft(rule('b')), ['removed a']],
    ['no removal and no new rule of this person alone', draft(to('old'), rule('n')), base, []],
    ['a new rule of the other person', base, draft(to('old'), rule('b'), rule('n')), ['added n']],
    ['the default action', base, { ...base, otherwise: 'decline' }, ['otherwise']],
    ['no default action of this person alone', { ...base, otherwise: 'decline' }, base, []],
  ])('%s', (_, mine, saved, expected) => {
    const names = undone(changedSince(base, saved), mine, saved).map((each) =>
      each.kind === 'field'
        ? `field ${each.id}.${each.field}`
        : [each.kind, ...('rule' in each ? [each.rule.id] : [])].join(' '),
    )
    expect(names).toEqual(expected)
  })
  test('the other person’s order, if both moved rules', () => {
    const [first, last] = [moved(abc, 'c', 0), moved(abc, 'a', 2)]
    expect(undone(changedSince(abc, last), first, last)).toMatchObject([{ kind: 'moved' }])
    expect(undone(changedSince(abc, abc), first, abc)).toEqual([])
  })
})

describe('a button changes the draft', () => {
  test.each([
    ['add::', 'abcn'],
    ['duplicate:a:', 'anbc'],
    ['remove:b:', 'ac'],
    ['up:b:', 'bac'],
    ['up:a:', 'abc'],
    ['down:b:', 'acb'],
    ['down:c:', 'abc'],
    ['above:c:a', 'cab'],
    ['above:c:gone', 'abc'],
    ['remove:gone:', 'abc'],
  ])('%s makes the order %s', (text, expected) => {
    expect(order(pressed(text))).toBe(expected)
  })

  test('a duplicate has the values of its original', () => {
    expect(pressed('duplicate:b:').rules[2]).toEqual({ ...abc.rules[1], id: 'n' })
  })
  test('each fix changes one thing', () => {
    expect(pressed('page-sender:b:').rules[1]).toEqual(rule('b'))
    expect(pressed('individual-off:c:').rules[2]).toEqual(rule('c'))
    expect(pressed('sender-of:c:b').rules[2]).toMatchObject({
      senderAddress: 'info@contoso.example',
      senderName: 'Info',
    })
  })

  test.each(['', 'save', 'add', 'explode:a:', '__proto__:a:'])('%j is not a step', (text) => {
    expect(stepOf(text)?.does ?? null).toBe(text === 'add' ? 'add' : null)
  })
  test('a step as text is parsed as the same step', () => {
    const step = { does: 'above', id: 'a', other: 'b' } as const
    expect(stepOf(stepText(step))).toEqual(step)
  })
  test('a moved rule stays within the list', () => {
    expect([order(moved(abc, 'a', 99)), order(moved(abc, 'c', -5)), order(moved(abc, 'gone', 0))]).toEqual([
      'bca',
      'cab',
      'abc',
    ])
  })
})

describe('two drafts differ', () => {
  const kinds = (changes: readonly Difference[]) => changes.map(({ kind }) => kind)

  test('in nothing', () => expect(differences(abc, structuredClone(abc))).toEqual([]))
  test('in a field, with both values', () => {
    const [changes] = differences(abc, pressed('individual-off:c:'))
    expect(changes).toMatchObject({
      kind: 'field',
      id: 'c',
      field: 'individual',
      before: { individual: true },
      after: { individual: false },
    })
  })
  test('in added and removed rules, and in the default action', () => {
    expect(kinds(differences(abc, { ...draft(rule('a'), rule('n')), otherwise: 'decline' }))).toEqual([
      'removed',
      'removed',
      'added',
      'otherwise',
    ])
  })
  test('in one rule’s place, when one was moved past many', () => {
    const many = draft(...[...'abcdefgh'].map((id) => rule(id)))
    expect(differences(many, moved(many, 'a', 7))).toMatchObject([{ kind: 'moved', rule: { id: 'a' }, from: 1, to: 8 }])
  })
  test('only if they do: no difference means the same rules', () => {
    fc.assert(
      fc.property(anyRules, anyRules, (a, b) => {
        const same = JSON.stringify(fieldsOf(a)) === JSON.stringify(fieldsOf(b))
        expect(differences(fieldsOf(a), fieldsOf(b)).length === 0).toBe(same)
      }),
    )
  })
})

describe('the form', () => {
  test('shows rules in a form that parses to the same rules, also from the store', () => {
    fc.assert(
      fc.property(anyRules, (rules) => {
        const parsed = parsePolicy(fieldsOf(rules))
        if (!parsed.ok) throw new Error(JSON.stringify(parsed.error))
        expect(parsePolicy(fieldsOf(parsed.value))).toEqual(parsed)
        expect(storedRules(JSON.parse(JSON.stringify(parsed.value)))).toEqual(parsed.value)
      }),
    )
  })

  test('accepts several addresses on a line and each pattern once, and respects case in a regular expression', () => {
    const parsed = parsePolicy(
      draft(rule('a', { senders: 'a@b.example, A@B.example; c.example\n\n/\\d+/\n/\\D+/\n"x y"@b.example' })),
    )
    expect(parsed.ok && fieldsOf(parsed.value).rules[0]?.senders).toBe(
      'A@b.example\n*@c.example\n/\\d+/\n/\\D+/\n"x y"@b.example',
    )
  })

  test('ignores the sender of a rule that declines', () => {
    const parsed = parsePolicy(draft(rule('a', { verdict: 'decline', senderAddress: 'nonsense', individual: true })))
    expect(parsed.ok && parsed.value.rules[0]?.outcome).toEqual({ verdict: 'decline' })
  })

  test.each<[string, PolicyFields, string]>([
    ['too many rules', draft(...Array.from({ length: RULES_MAX + 1 }, (_, at) => rule(`r${at}`))), 'rule.tooMany'],
    ['too much text', draft(rule('a', { senders: 'x'.repeat(TEXT_CHARS_MAX) })), 'rule.tooLong'],
    ['two rules with one id', draft(rule('a'), rule('a')), 'refused.tokenMissing'],
    ['an id that is none', draft(rule('a b')), 'refused.tokenMissing'],
    ['a name without an address', draft(rule('a', { senderName: 'Info' })), 'rule.nameAlone'],
    ['no name', draft(rule('a', { name: ' ' })), 'rule.name'],
    ['the name that means no rule', draft(rule('a', { name: ' - ' })), 'rule.nameReserved'],
    [
      'too many patterns',
      draft(rule('a', { senders: Array.from({ length: PATTERNS_MAX + 1 }, (_, at) => `d${at}.example`).join(' ') })),
      'rule.patterns',
    ],
    [
      'too many expressions',
      draft(rule('a', { senders: Array.from({ length: REGEXES_MAX + 1 }, (_, at) => `/${at}/`).join('\n') })),
      'rule.regexes',
    ],
    [
      'too many expressions on the lines of addresses',
      draft(
        rule('a', { senders: Array.from({ length: REGEXES_MAX + 1 }, (_, at) => `a@b.example /${at}/`).join('\n') }),
      ),
      'rule.regexes',
    ],
  ])('rejects %s', (_, fields, key) => {
    const parsed = parsePolicy(fields)
    expect(parsed.ok || parsed.error.map(({ validationError }) => validationError.key)).toEqual([key])
  })

  test.each([
    ['rules', draft(...Array.from({ length: RULES_MAX }, (_, at) => rule(`r${at}`)))],
    [
      'patterns',
      draft(rule('a', { senders: Array.from({ length: PATTERNS_MAX }, (_, at) => `d${at}.example`).join(' ') })),
    ],
    ['characters', draft(rule('a', { senders: ' '.repeat(TEXT_CHARS_MAX - 1) }))],
  ])('accepts as many %s as there may be', (_, fields) => expect(parsePolicy(fields).ok).toBe(true))

  test.each([
    ['characters', 'ab?'.repeat(75)],
    ['a class that holds a bracket', `[[:alpha:](]${'.'.repeat(220)}`],
    ['quoted brackets', `${'.'.repeat(220)}\\Q(((\\E`],
    ['nested repetitions', `(?:${'.'.repeat(220)}){2}`],
    ['flags in front of the number', `${'.'.repeat(220)})(?i`],
    ['a repetition and flags in front of the number', `${'.'.repeat(220)})*(?i`],
  ])('rejects expressions that repeat long groups, before it spends seconds on compiling them: %s', (_, group) => {
    const before = processorMs()
    const lines = Array.from({ length: REGEXES_MAX }, (_, at) => `/(?:${group}){${at + 330}}/`)
    const parsed = parsePolicy(draft(rule('a', { senders: lines.join('\n') })))
    expect(parsed.ok || new Set(parsed.error.map(({ validationError }) => validationError.key))).toEqual(
      new Set(['pattern.tooComplex']),
    )
    expect(processorMs() - before).toBeLessThan(1_000)
  })
})
