import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  address,
  anyAddress,
  anyMail,
  anyRules,
  anySending,
  anyServers,
  domain,
  EXCHANGE,
  GONE_SERVER,
  localPart,
  OTHER_SERVER,
  regex,
  ruleOf,
  SMTP,
  sender,
  tree,
} from '../../tests/support/policy'
import { runs } from '../../tests/support/runs'
import { whyNoIndividual } from './coverage'
import { compile, decide } from './decide'
import { applyStep } from './draft'
import { fieldsOf, parsePolicy } from './fields'
import { contradictsServers, covers, lint, meet } from './lint'
import type { PolicyRules, Rule } from './rules'
import { replaceSender, rulesSendingAs, type Sending, type ServerLookup } from './sender'

const info = { address: 'info@contoso.example', name: '' }
const allow = (sender: typeof info | null, individual = false): Rule['outcome'] => ({
  verdict: 'allow',
  sender,
  individual,
  server: null,
})
const policy = (...rules: Rule[]): PolicyRules => ({ rules, otherwise: 'allow' })
const findings = (sending: Sending, ...rules: Rule[]) =>
  lint(policy(...rules), () => sending).map(({ kind, rule, other, fix }) => [kind, rule, other, fix.does])

const fabrikam = [domain('fabrikam.example')]

describe('a finding', () => {
  test('reports a sender that is not verified at Exchange, but not at another server', () => {
    const rule = ruleOf({ id: 'a', outcome: allow(info) })
    expect(findings(EXCHANGE, rule)).toEqual([['sender-not-verified', 'a', null, 'page-sender']])
    expect(findings(SMTP, rule)).toEqual([])
    expect(findings({ ...EXCHANGE, senders: new Map([[info.address, sender('login', 'accepted')]]) }, rule)).toEqual([])
    expect(
      findings({ ...EXCHANGE, senders: new Map([[info.address, sender('login', 'refused')]]) }, rule),
    ).toHaveLength(1)
    expect(
      findings(EXCHANGE, ruleOf({ id: 'a', outcome: allow({ address: 'NOREPLY@contoso.example', name: '' }) })),
    ).toEqual([])
  })

  test('reports individual senders that cannot work', () => {
    const rule = ruleOf({ id: 'a', outcome: allow(null, true) })
    const noPage = { ...SMTP, server: { ...SMTP.server, allowIndividualSenders: false } }
    expect(findings(EXCHANGE, rule)).toEqual([['individual-impossible', 'a', null, 'individual-off']])
    expect(findings(noPage, rule)).toEqual([['individual-impossible', 'a', null, 'individual-off']])
    expect(findings(SMTP, rule)).toEqual([])

    const verified = (allowIndividualSenders: boolean): Sending => ({
      server: { ...EXCHANGE.server, allowIndividualSenders },
      senders: new Map([['person@contoso.example', sender('send-as', 'accepted')]]),
    })
    const because = (sending: Sending, each: Rule) => lint(policy(each), () => sending).map((one) => one.because)
    expect(because(verified(true), rule)).toEqual([])
    expect(because(verified(false), rule)).toEqual(['page-forbids'])
    expect(because(verified(true), { ...rule, senders: [domain('contoso.example')] })).toEqual([])
    expect(because(verified(true), { ...rule, senders: [domain('fabrikam.example')] })).toEqual(['not-verified'])
    expect(because(EXCHANGE, rule)).toEqual(['not-verified'])
    // Such mail leaves as that one anyway.
    expect(
      because(verified(true), { ...rule, outcome: allow({ address: 'Person@contoso.example', name: '' }, true) }),
    ).toEqual(['not-verified'])
  })

  test('reports an unreachable rule, and moves it before the wider one, or removes it if it is equal', () => {
    const wide = ruleOf({ id: 'wide', recipients: [tree('fabrikam.example')] })
    const narrow = ruleOf({
      id: 'narrow',
      recipients: [domain('mail.fabrikam.example'), address('a@fabrikam.example')],
    })
    expect(findings(SMTP, wide, narrow)).toEqual([['unreachable', 'narrow', 'wide', 'above']])
    expect(findings(SMTP, narrow, wide)).toEqual([])
    expect(findings(SMTP, wide, { ...wide, id: 'again' })).toEqual([['same-as-earlier', 'again', 'wide', 'remove']])
    expect(findings(SMTP, { ...wide, enabled: false }, narrow)).toEqual([])
  })

  test('reports rules that overlap and have different senders, unless one only narrows the other', () => {
    const from = ruleOf({ id: 'from', senders: [domain('contoso.example')], outcome: allow(info) })
    const to = ruleOf({ id: 'to', recipients: fabrikam })
    expect(findings(SMTP, from, to)).toEqual([['senders-differ', 'to', 'from', 'sender-of']])
    expect(findings(SMTP, from, { ...to, outcome: allow(info) })).toEqual([])
    expect(findings(SMTP, from, { ...to, outcome: { verdict: 'decline' } })).toEqual([])
    expect(findings(SMTP, { ...from, recipients: fabrikam }, to)).toEqual([])
    expect(findings(SMTP, from, { ...to, senders: [domain('litware.example')] })).toEqual([])
  })
})

test('each rule is checked against its own mail server', () => {
  const named = { address: 'relay@contoso.example', name: '' }
  const other = { ...SMTP, server: { ...SMTP.server, senderAddress: named.address } }
  const servers: ServerLookup = (id) =>
    new Map([
      [null, EXCHANGE],
      [OTHER_SERVER, other],
    ]).get(id) ?? null
  const by = (server: string | null, sender: typeof named | null = null) => ({ ...allow(sender), server })
  const reported = (...rules: Rule[]) =>
    lint(policy(...rules), servers).map(({ kind, rule, fix }) => [kind, rule, fix.does])
  expect(reported(ruleOf({ id: 'a', outcome: by(null, named) }))).toEqual([['sender-not-verified', 'a', 'page-sender']])
  expect(reported(ruleOf({ id: 'a', outcome: by(OTHER_SERVER, named) }))).toEqual([])
  expect(reported(ruleOf({ id: 'a', outcome: by(GONE_SERVER) }))).toEqual([['server-missing', 'a', 'default-server']])
  const [one, two] = [domain('contoso.example'), domain('fabrikam.example')]
  const first = ruleOf({ id: 'a', senders: [one], outcome: by(OTHER_SERVER) })
  const second = ruleOf({ id: 'b', recipients: [two], outcome: by(null) })
  expect(reported(first, second)).toEqual([['senders-differ', 'b', 'sender-of']])
  expect(reported(first, { ...second, outcome: by(OTHER_SERVER) })).toEqual([])
})

test('a rule that names a removed mail server needs attention only while it is on', () => {
  const outcome = { verdict: 'allow', sender: null, individual: false, server: GONE_SERVER } as const
  const rule = ruleOf({ id: 'a', outcome })
  const attention = (enabled: boolean) => contradictsServers(policy({ ...rule, enabled }), () => null)
  expect([attention(true), attention(false)]).toEqual([true, false])
})

test('a box that is reported as without effect has none, for any rule, mail server and message', () => {
  fc.assert(
    fc.property(anyRules, anyServers, anyMail, (rules, { servers }, mail) => {
      for (const { by, server, identity } of decide(compile(rules), servers, mail)) {
        const rule = by.kind === 'rule' ? rules.rules.find(({ id }) => id === by.id) : undefined
        const sending = servers(server)
        if (rule?.outcome.verdict !== 'allow' || !rule.outcome.individual || !identity || !sending) continue
        if (whyNoIndividual(rule, rule.outcome, sending) === null) continue
        expect(identity.from.address.toLowerCase()).toBe(
          (rule.outcome.sender?.address ?? sending.server.senderAddress).toLowerCase(),
        )
      }
    }),
    runs(5_000),
  )
})

test('each fix removes its finding', () => {
  fc.assert(
    fc.property(anyRules, anyServers, (rules, { servers }) => {
      for (const finding of lint(rules, servers)) {
        const mended = parsePolicy(applyStep(fieldsOf(rules), finding.fix, 'n'))
        if (!mended.ok) throw new Error(JSON.stringify(mended.error))
        const still = lint(mended.value, servers)
        expect(
          still.filter(
            ({ kind, rule, other }) => kind === finding.kind && rule === finding.rule && other === finding.other,
          ),
        ).toEqual([])
      }
    }),
  )
})

test('a rule that is reported as unreachable is never reached', () => {
  fc.assert(
    fc.property(anyRules, anySending, fc.array(anyMail, { minLength: 20, maxLength: 20 }), (rules, sending, mails) => {
      const dead = new Set(
        lint(rules, () => sending).flatMap(({ kind, rule }) =>
          kind === 'unreachable' || kind === 'same-as-earlier' ? [rule] : [],
        ),
      )
      const compiled = compile(rules)
      for (const mail of mails)
        for (const { by } of decide(compiled, () => sending, mail))
          if (by.kind === 'rule') expect(dead.has(by.id)).toBe(false)
    }),
    { numRuns: 300 },
  )
})

test('covers and meet agree with the messages that two rules match', () => {
  fc.assert(
    fc.property(anyRules, anyAddress, anyAddress, ({ rules }, from, to) => {
      const [a, b] = rules
      if (!(a && b)) return
      const isFor = (rule: Rule) =>
        decide(compile(policy({ ...rule, enabled: true })), () => SMTP, {
          originator: { address: from, name: '' },
          recipients: [to],
        })[0]?.by.kind === 'rule'
      if (covers(a, b) && isFor(b)) expect(isFor(a)).toBe(true)
      const withRegex = [a, b].some((rule) =>
        [...rule.senders, ...rule.recipients].some(({ kind }) => kind === 'regex'),
      )
      if (!withRegex && isFor(a) && isFor(b)) expect(meet(a, b)).toBe(true)
    }),
    runs(2_000),
  )
})

test('a regular expression is compared with addresses and with itself', () => {
  const any = ruleOf({ id: 'a', senders: [regex('.*@contoso\\.example')] })
  const one = ruleOf({ id: 'b', senders: [address('a@contoso.example')] })
  const site = ruleOf({ id: 'c', senders: [domain('contoso.example')] })
  expect([covers(any, one), covers(any, site), covers(any, any), meet(any, one)]).toEqual([true, false, true, true])
})

test('patterns with a star before the @ are compared by both of their ends', () => {
  const of = (id: string, ...parts: [start: string, end: string, at?: string]) =>
    ruleOf({ id, senders: [localPart(parts[0], parts[1], parts[2] ?? 'contoso.example')] })
  const wide = of('wide', 'mfp-', '')
  expect(covers(wide, of('b', 'mfp-2', 'x'))).toBe(true)
  expect(covers(of('a', 'mfp-', 'x'), of('b', 'mfp-2', 'y'))).toBe(false)
  expect(covers(of('a', 'm', 'x'), of('b', 'n', 'x'))).toBe(false)
  expect(covers(wide, of('b', 'mfp-', '', 'fabrikam.example'))).toBe(false)
  expect(covers(ruleOf({ id: 'a', senders: [domain('contoso.example')] }), wide)).toBe(true)
  expect(covers(wide, ruleOf({ id: 'b', senders: [domain('contoso.example')] }))).toBe(false)
  expect(meet(of('a', 'mfp', 'x'), of('b', 'mfp-2', ''))).toBe(true)
  expect(meet(of('a', 'mfp', 'x'), of('b', 'mfp-2', 'y'))).toBe(false)
  expect(meet(of('a', 'a', 'x'), of('b', 'b', 'x'))).toBe(false)
  expect(meet(of('a', 'mfp-', ''), of('b', '', '', 'fabrikam.example'))).toBe(false)
})

describe('a new sender in the mail server settings', () => {
  const rules = policy(
    ruleOf({ id: 'old', outcome: allow({ address: 'Old@contoso.example', name: 'Old name' }) }),
    ruleOf({ id: 'off', enabled: false, outcome: allow({ address: 'old@contoso.example', name: '' }) }),
    ruleOf({ id: 'info', outcome: allow(info) }),
    ruleOf({ id: 'page' }),
    ruleOf({ id: 'no', outcome: { verdict: 'decline' } }),
  )
  const isDefault = (picked: string | null) => picked === null
  test('concerns each rule with the old one, on or off', () => {
    expect(rulesSendingAs(rules, 'old@contoso.example', isDefault).map(({ id }) => id)).toEqual(['old', 'off'])
  })
  test('concerns only the rules of that mail server', () => {
    const outcome: Rule['outcome'] = {
      verdict: 'allow',
      sender: { address: 'old@contoso.example', name: '' },
      individual: false,
      server: 'b',
    }
    const other = ruleOf({ id: 'other', outcome })
    const both = policy(...rules.rules, other)
    expect(rulesSendingAs(both, 'old@contoso.example', isDefault).map(({ id }) => id)).toEqual(['old', 'off'])
    expect(rulesSendingAs(both, 'old@contoso.example', (picked) => picked === 'b').map(({ id }) => id)).toEqual([
      'other',
    ])
  })
  test('replaces the address only there, and keeps the names', () => {
    const { rules: after } = replaceSender(rules, {
      from: 'old@contoso.example',
      to: 'new@contoso.example',
      meansServer: isDefault,
    })
    expect(after.slice(0, 2).map(({ outcome }) => outcome)).toEqual([
      allow({ address: 'new@contoso.example', name: 'Old name' }),
      allow({ address: 'new@contoso.example', name: '' }),
    ])
    expect(after.slice(2)).toEqual(rules.rules.slice(2))
  })
})
