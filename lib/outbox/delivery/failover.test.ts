import { expect, test } from 'vitest'
import { DIAGNOSIS_CODES, RETRY_OF } from '../../kernel/diagnosis-code'
import { STAGES } from '../../kernel/stage'
import { isOwnFault } from './failover'
import { scopeOf } from './retry-plan'

const OWN = { isOwnSender: true, isOwnMailbox: true }
const answer = (code: (typeof DIAGNOSIS_CODES)[number], stage: (typeof STAGES)[number], own = OWN) =>
  isOwnFault({ code, stage }, { scope: scopeOf({ code, stage, retry: RETRY_OF[code] }, own), ...own })

test('every code of the catalogue has an answer at every step, and never yes for what concerns one mail alone', () => {
  for (const code of DIAGNOSIS_CODES)
    for (const stage of STAGES)
      for (const scope of ['message', 'route', 'server'] as const) {
        const asked = isOwnFault({ code, stage }, { scope, isOwnMailbox: true })
        expect(typeof asked, `${code} ${stage}`).toBe('boolean')
        if (scope === 'message') expect(asked, `${code} ${stage}`).toBe(false)
      }
})

test('before any mail is begun a fault is the mail server’s, but for its pace; then only what refuses all mail', () => {
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
] as const)('%s at %s: the backup takes over: %s', (code, stage, expected) => {
  expect(answer(code, stage)).toBe(expected)
})

test('what another mailbox than the mail server’s own may not do says nothing of the mail server', () => {
  const other = { isOwnSender: true, isOwnMailbox: false }
  for (const code of ['exchange-rejected-token', 'mailbox-permission-missing', 'send-as-denied'] as const)
    for (const stage of STAGES) expect(answer(code, stage, other), `${code} ${stage}`).toBe(false)
  expect(answer('connection-refused', 'connect', other)).toBe(true)
})
