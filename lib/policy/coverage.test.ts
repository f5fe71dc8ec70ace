import { expect, test } from 'vitest'
import { ruleSenders, uncovered } from './coverage'
import { EMPTY_RULE } from './draft'
import type { PolicyRules } from './rules'
import type { Sending, ServerLookup } from './sender'

const at = new Date('2026-11-26T10:00:00Z')
const result = (outcome: 'accepted' | 'refused') => ({ way: 'send-as' as const, lastResult: { outcome, at } })
const exchange = {
  server: { type: 'exchange-online-oauth2', senderAddress: 'NoReply@contoso.example' },
  senders: new Map<string, object>([
    ['partners@contoso.example', result('accepted')],
    ['old@contoso.example', result('refused')],
  ]),
} as unknown as Sending
const smtp = {
  server: { type: 'smtp', senderAddress: 'relay@contoso.example' },
  senders: new Map(),
} as unknown as Sending
const servers: ServerLookup = (id) =>
  new Map([
    [null, exchange],
    ['smtp', smtp],
  ]).get(id) ?? null

const of = (values: object) =>
  ruleSenders({ rules: [{ ...EMPTY_RULE, id: 'r', ...values }], otherwise: 'allow' }, servers).r

test('a rule says what Exchange last answered about its sender, wherever the sender is checked', () => {
  const iso = at.toISOString()
  expect(of({ senderAddress: ' Partners@contoso.example' })).toEqual({ outcome: 'accepted', at: iso })
  expect(of({ senderAddress: 'old@contoso.example' })).toEqual({ outcome: 'refused', at: iso })
  expect(of({ senderAddress: 'new@contoso.example' })).toEqual({ outcome: 'unverified', at: null })
})

test.each([
  ['without a sender', { senderAddress: '' }],
  ['with the sender of the mail server', { senderAddress: 'noreply@contoso.example' }],
  ['that declines', { senderAddress: 'partners@contoso.example', verdict: 'decline' }],
  ['of an SMTP server', { senderAddress: 'partners@contoso.example', server: 'smtp' }],
  ['of a removed mail server', { senderAddress: 'partners@contoso.example', server: 'gone' }],
])('a rule %s says nothing about it', (_, values) => {
  expect(of(values)).toBeUndefined()
})

test('a box for individual senders that matches no verified one is refused when it is ticked, and left alone if it was ticked before', () => {
  const rules = (individual: boolean): PolicyRules => {
    const outcome = { verdict: 'allow' as const, sender: null, individual, server: null }
    const senders = [{ kind: 'domain' as const, domain: 'fabrikam.example' }]
    return { rules: [{ id: 'r', name: 'r', enabled: true, senders, recipients: [], outcome }], otherwise: 'allow' }
  }
  const refused = (before: PolicyRules | null) => uncovered(rules(true), before, servers).map(({ id }) => id)
  expect([refused(null), refused(rules(false)), refused(rules(true))]).toEqual([['r'], ['r'], []])
})
