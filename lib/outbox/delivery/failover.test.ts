import { expect, test } from 'vitest'
import { DIAGNOSIS_CODES, RETRY_OF } from '../../kernel/diagnosis-code'
import { STAGES } from '../../kernel/stage'
import { isServerFault, scopeOf } from './scope'

const OWN = { isOwnSender: true, isOwnMailbox: true }
const answer = (code: (typeof DIAGNOSIS_CODES)[number], stage: (typeof STAGES)[number], own = OWN) =>
  isServerFault({ code, stage }, { scope: scopeOf({ code, stage, retry: RETRY_OF[code] }, own), ...own })

test('every diagnosis code has an answer at every stage, and it is no for a fault of one message', () => {
  for (const code of DIAGNOSIS_CODES)
    for (const stage of STAGES)
      for (const scope of ['message', 'queue', 'server'] as const) {
        const isFault = isServerFault({ code, stage }, { scope, isOwnMailbox: true })
        expect(typeof isFault, `${code} ${stage}`).toBe('boolean')
        if (scope === 'message') expect(isFault, `${code} ${stage}`).toBe(false)
      }
})

test('before any message has begun, every fault but a limit or a block is the server’s; afterwards only a refusal of all messages is', () => {
  const at = (stage: (typeof STAGES)[number]) => DIAGNOSIS_CODES.filter((code) => answer(code, stage))
  for (const stage of ['token', 'connect', 'tls', 'auth'] as const)
    for (const code of DIAGNOSIS_CODES)
      if (/throttled|quota|limit|concurrency|block$|-blocked$/.test(code)) expect(at(stage), code).not.toContain(code)
  expect(at('data').sort()).toEqual([
    ...['domain-not-registered', 'helo-rejected', 'mailbox-permission-missing', 'not-authenticated'],
    ...['send-as-denied', 'starttls-required', 'wrong-region'],
  ])
})

test.each([
  ['connection-refused', 'connect', true],
  ['name-not-found', 'connect', true],
  ['certificate-expired', 'tls', true],
  ['secret-expired', 'token', true],
  ['entra-unavailable', 'token', true],
  ['role-missing', 'claims', true],
  ['credentials-incorrect', 'auth', true],
  ['exchange-rejected-token', 'auth', true],
  ['server-busy', 'connect', true],
  ['unrecognised', 'connect', true],
  ['mailbox-permission-missing', 'data', true],
  ['connection-lost', 'data', false],
  ['deadline-passed', 'data', false],
  ['server-busy', 'sender', false],
  ['server-busy', 'data', false],
  ['unrecognised', 'data', false],
  ['recipient-not-found', 'recipient', false],
  ['message-too-large', 'data', false],
  ['concurrency-exceeded', 'sender', false],
  ['daily-quota-exceeded', 'data', false],
  ['entra-throttled', 'token', false],
  ['tenant-blocked', 'data', false],
] as const)('%s at %s: the failover server takes over: %s', (code, stage, expected) => {
  expect(answer(code, stage)).toBe(expected)
})

test('what another mailbox may not do is not the mail server’s fault', () => {
  const other = { isOwnSender: true, isOwnMailbox: false }
  for (const code of ['exchange-rejected-token', 'mailbox-permission-missing', 'send-as-denied'] as const)
    for (const stage of STAGES) expect(answer(code, stage, other), `${code} ${stage}`).toBe(false)
  for (const code of ['credentials-incorrect', 'blocked-by-sign-in-policy', 'unrecognised'] as const)
    expect(answer(code, 'auth', other), code).toBe(false)
  for (const code of ['from-header-invalid', 'domain-not-registered'] as const)
    expect(answer(code, 'data', other), code).toBe(false)
  expect(answer('connection-refused', 'connect', other)).toBe(true)
})
