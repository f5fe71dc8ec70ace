import { expect, test } from 'vitest'
import { translatorFor } from '@/lib/i18n/translations'
import type { Rule } from '@/lib/policy/rules'
import { dependentLines, dependentsOf } from './dependents'

const servers = [
  { id: 'a', name: 'Exchange', isDefault: true, failoverId: 'b' },
  { id: 'b', name: 'Relay', isDefault: false, failoverId: null },
  { id: 'c', name: 'Scanners', isDefault: false, failoverId: 'b' },
]
const rule = (name: string, server: string | null, enabled = true): Rule => ({
  id: name,
  name,
  enabled,
  senders: [],
  recipients: [],
  outcome: { verdict: 'allow', sender: null, individual: false, server },
})
const declines: Rule = { ...rule('Nobody', 'b'), outcome: { verdict: 'decline' } }

test('lists what depends on a mail server: enabled rules that choose it, servers it is the failover server for, all other mail', () => {
  const rules = [rule('Payroll', 'b'), rule('Off', 'b', false), declines, rule('Anyone', null), rule('Orders', 'b')]
  expect(dependentsOf('a', servers, rules)).toEqual({ isDefault: true, rules: [], failoverOf: [] })
  const relay = dependentsOf('b', servers, rules)
  expect(relay).toEqual({ isDefault: false, rules: ['Payroll', 'Orders'], failoverOf: ['Exchange', 'Scanners'] })
  expect(dependentLines(relay, translatorFor('en', 'credentials'))).toEqual([
    'Rules: Payroll, Orders',
    'Failover server for Exchange, Scanners',
  ])
})

test('lists nothing for the only mail server, because everything depends on it', () => {
  expect(dependentsOf('a', servers.slice(0, 1), [rule('Anyone', null)])).toEqual({
    isDefault: false,
    rules: [],
    failoverOf: [],
  })
})
