import { expect, test } from 'vitest'
import { PROPAGATES_WITHIN_MS } from '../kernel'
import { BUILT_IN_CLOUDS } from '../kernel/mail-server-settings'
import { propagationOf, stateOf, withDeliveredMessage } from './evidence'
import { type StepId, stepsFor } from './steps'
import type { SavedServer, TestRun } from './store/evidence'
import { type GuideQuery, readGuide } from './values'

const TENANT = 'd3b07384-9a1c-4f6e-b8d2-6c5e4f3a2b10'
const CLIENT = '4a6be1f2-0c7d-4d9a-a3e8-2b1f9c8d7e60'
const OBJECT = '7c1d2e3f-4a5b-4c6d-8e9f-0a1b2c3d4e5f'
const OTHER = '0f1e2d3c-4b5a-4678-8796-a5b4c3d2e1f0'
const NOW = new Date('2026-11-24T12:00:00Z')
const VALUES = { cloud: 'global', tenantId: TENANT, clientId: CLIENT, sender: 'noreply@contoso.example' }
const SAVED: SavedServer = { ...VALUES, version: 3, credential: 'secret', delivered: null }

const STAGES = ['settings', 'token', 'claims', 'connect', 'tls', 'auth', 'sender', 'recipient', 'data'] as const
type Stage = (typeof STAGES)[number]

/** A test that passed every stage before `failedAt`. */
function run(
  minutesAgo: number,
  {
    failedAt,
    code,
    roles = ['SMTP.SendAsApp'],
    current = true,
    values = VALUES,
    warning,
  }: {
    failedAt?: Stage
    code?: TestRun['code']
    roles?: string[]
    current?: boolean
    values?: TestRun['values']
    warning?: string
  } = {},
): TestRun {
  const end = failedAt ? STAGES.indexOf(failedAt) : STAGES.length
  return {
    id: `run-${minutesAgo}`,
    startedAt: new Date(NOW.getTime() - minutesAgo * 60_000),
    values,
    current,
    dryRun: false,
    outcome: failedAt ? 'failed' : 'accepted',
    code: code ?? null,
    stages: STAGES.map((stage, index) => {
      if (index >= end) return { stage, state: index === end ? 'failed' : 'skipped' }
      if (stage !== 'claims') return { stage, state: 'passed' }
      return { stage, state: warning ? 'warned' : 'passed', facts: { oid: OBJECT, roles, ...(warning && { warning }) } }
    }),
  }
}

const query = (text: string): GuideQuery => Object.fromEntries(new URLSearchParams(text))

function states(runs: readonly TestRun[], entered: GuideQuery = {}, saved: SavedServer | null = SAVED) {
  const guide = readGuide(entered, { clouds: BUILT_IN_CLOUDS, saved, runs })
  const entries = stepsFor(guide.choices).map((step) => [step.id, stateOf(step, guide, runs, saved, NOW)] as const)
  return Object.fromEntries(entries) as Record<StepId, ReturnType<typeof stateOf>>
}
const kinds = (...args: Parameters<typeof states>) =>
  Object.fromEntries(Object.entries(states(...args)).map(([id, { kind }]) => [id, kind]))

test('without a test only the saved settings are verified', () => {
  expect(Object.values(kinds([], {}, null)).every((kind) => kind === 'open')).toBe(true)
  expect(kinds([])).toMatchObject({ save: 'verified', fillIn: 'verified', test: 'open', register: 'open' })
})

test('an accepted test verifies every step of path A', () => {
  expect(new Set(Object.values(kinds([run(1)])))).toEqual(new Set(['verified']))
})

test('on path B a token has no role, and an accepted test verifies every step', () => {
  const runs = [run(1, { roles: [], warning: 'role-missing' })]
  expect(kinds(runs)).toMatchObject({ noPermission: 'verified', rbacRole: 'verified', test: 'verified' }) // path B is recognised from the token
  expect(new Set(Object.values(kinds(runs, { path: 'rbac' })))).toEqual(new Set(['verified']))
  expect(states(runs, { path: 'mailbox' }).permission).toEqual({ kind: 'open', note: 'role-not-needed' })
})

test('an accepted message of the saved settings confirms what an earlier test rejected, and a later test counts again', () => {
  const failed = run(30, { failedAt: 'auth', code: 'exchange-rejected-token' })
  const saved: SavedServer = { ...SAVED, delivered: { messageId: 'message-1', at: new Date(NOW.getTime() - 600_000) } }
  const runs = withDeliveredMessage([failed], saved)
  expect(new Set(Object.values(kinds(runs, {}, saved)))).toEqual(new Set(['verified']))
  expect(states(runs, {}, saved).servicePrincipal).toMatchObject({ by: { messageId: 'message-1' } })
  expect(states(runs, {}, saved).secret).toMatchObject({ by: { testId: 'run-30' } }) // a previous secret may have sent it
  expect(
    propagationOf({ values: readGuide({}, { clouds: BUILT_IN_CLOUDS, saved, runs }).values }, runs, NOW),
  ).toBeNull()

  expect(kinds(withDeliveredMessage([failed], SAVED)).servicePrincipal).toBe('propagating')
  const later = withDeliveredMessage(
    [run(1, { failedAt: 'auth', code: 'smtp-auth-disabled-for-mailbox' }), failed],
    saved,
  )
  expect(kinds(later, {}, saved).smtpAuth).not.toBe('verified')
})

test('after a test without the permission, an accepted message confirms what it shows and does not say that the role is not needed', () => {
  const failed = run(30, { roles: [], warning: 'role-missing', failedAt: 'auth', code: 'role-missing' })
  const saved: SavedServer = { ...SAVED, delivered: { messageId: null, at: new Date(NOW.getTime() - 600_000) } }
  const result = states(withDeliveredMessage([failed], saved), { path: 'mailbox' }, saved)
  expect([result.permission, result.consent]).toEqual(Array(2).fill({ kind: 'open', note: 'message-since' }))
  expect(result.mailboxPermission).toMatchObject({ kind: 'verified', by: { messageId: null } })
  const later = run(1, { roles: [], warning: 'role-missing', failedAt: 'auth', code: 'role-missing' })
  expect(states(withDeliveredMessage([later, failed], saved), { path: 'mailbox' }, saved).permission).toMatchObject({
    kind: 'propagating',
    code: 'role-missing',
    testId: 'run-1',
  })
})

test('an accepted message without a test leaves permission and consent open and says so, and confirms what it shows', () => {
  const saved: SavedServer = { ...SAVED, delivered: { messageId: 'message-1', at: NOW } }
  const message = withDeliveredMessage([], saved)
  const result = states(message, {}, saved)
  expect([result.permission, result.consent]).toEqual(Array(2).fill({ kind: 'open', note: 'message' }))
  expect([result.secret, result.objectId]).toEqual(Array(2).fill({ kind: 'open' }))
  for (const id of ['register', 'servicePrincipal', 'mailboxPermission', 'smtpAuth', 'test'] as const)
    expect(result[id]).toMatchObject({ kind: 'verified', by: { messageId: 'message-1' } })
  // What a token has shown says more.
  expect(kinds([...message, { ...run(5), server: 'Other' }], {}, saved)).toMatchObject({ permission: 'verified' })
})

test('a test of another mail server confirms what is at Microsoft for this application and mailbox, but never what is done here', () => {
  const other = { ...run(1, { current: false }), server: 'Other' }
  const open = ['secret', 'fillIn', 'save', 'test']
  const result = kinds([other], {}, { ...SAVED, credential: null })
  expect(Object.keys(result).filter((id) => result[id] === 'open')).toEqual(open)
  const failed = run(150, { failedAt: 'auth', code: 'exchange-rejected-token' })
  expect(kinds([other, failed]).servicePrincipal).toBe('rejected') // its own test counts, although it is older
  const token = { ...run(1, { failedAt: 'token', code: 'application-not-found' }), server: 'Other' }
  const before = { ...run(9), server: 'Other' }
  expect(kinds([token, before]).register).toBe('open')
})

test('on path B a role in the token is rejected', () => {
  expect(states([run(1)], { path: 'rbac' }).noPermission).toMatchObject({ kind: 'rejected', code: 'role-there' })
})

test('a test on one path does not verify the steps of the other', () => {
  expect(kinds([run(1)], { path: 'rbac' }).rbacRole).toBe('open')
  expect(kinds([run(1, { roles: [], warning: 'role-missing' })], { path: 'mailbox' }).mailboxPermission).toBe('open')
})

test('a failed test verifies the steps that it passed and rejects the one that failed', () => {
  const result = kinds([run(150, { failedAt: 'auth', code: 'smtp-auth-disabled-for-mailbox' })])
  expect(result).toMatchObject({
    register: 'verified',
    permission: 'verified',
    smtpAuth: 'rejected',
    servicePrincipal: 'open',
    test: 'rejected',
  })
})

test('a later stage rejects what an earlier stage of the same test seemed to verify', () => {
  expect(kinds([run(200, { failedAt: 'data', code: 'mailbox-permission-missing' })])).toMatchObject({
    smtpAuth: 'verified',
    mailboxPermission: 'rejected',
  })
})

test('a later test rejects only the step that failed in it', () => {
  const before = run(60)
  const later = run(1, { failedAt: 'token', code: 'secret-expired' })
  expect(kinds([later, before])).toMatchObject({
    secret: 'rejected',
    test: 'rejected',
    servicePrincipal: 'verified',
    mailboxPermission: 'verified',
  })
})

test('a rejected login rejects every step that may be the cause, on either path', () => {
  const code = 'exchange-rejected-token'
  expect(states([run(1, { failedAt: 'auth', code }), run(60)])).toMatchObject({
    servicePrincipal: { kind: 'propagating', code },
    mailboxPermission: { kind: 'propagating', code },
    consent: { kind: 'verified' },
  })
  const roleless = { roles: [], warning: 'role-missing' }
  const before = run(60, roleless)
  // On this path the token is right, so it is not blamed.
  expect(states([run(1, { ...roleless, failedAt: 'auth', code: 'role-missing' }), before])).toMatchObject({
    servicePrincipal: { kind: 'propagating', code },
    rbacRole: { kind: 'propagating', code },
    test: { kind: 'propagating', code },
    noPermission: { kind: 'verified' },
  })
  expect(
    kinds([run(1, { ...roleless, failedAt: 'auth', code: 'smtp-auth-disabled-for-mailbox' }), before]),
  ).toMatchObject({ smtpAuth: 'propagating', rbacRole: 'verified', servicePrincipal: 'verified' })
})

test('a test with another secret, application or sender verifies only what it covers', () => {
  expect(kinds([run(1, { current: false })])).toMatchObject({ secret: 'open', test: 'open', smtpAuth: 'verified' })
  expect(kinds([run(1, { values: { ...VALUES, sender: 'info@contoso.example' } })])).toMatchObject({
    register: 'verified',
    mailboxPermission: 'open',
  })
  expect(kinds([run(1, { values: { ...VALUES, clientId: OTHER } })])).toMatchObject({
    register: 'open',
    consent: 'open',
  })
})

test('a credential without a secret verifies the secret step once Entra has accepted it, and is named there', () => {
  const secretless: SavedServer = { ...SAVED, credential: 'secretless' }
  expect(states([], {}, secretless).secret).toEqual({ kind: 'open', instead: 'secretless' })
  expect(states([run(1)], {}, secretless).secret).toMatchObject({ kind: 'verified', instead: 'secretless' })
  expect(states([run(1)], query('proof=secret'), { ...SAVED, credential: 'certificate' }).secret).toMatchObject({
    kind: 'verified',
    instead: 'certificate',
  })
  expect(states([run(1)], query('proof=certificate'), secretless).certificate).toMatchObject({ kind: 'verified' })
  const refused = run(200, { failedAt: 'token', code: 'federated-credential-mismatch' })
  expect(states([refused, run(300)], {}, secretless).secret).toMatchObject({ kind: 'rejected', code: refused.code })
  expect(states([run(1, { current: false })], {}, secretless).secret).toMatchObject({ kind: 'open' })
  // The certificate must still be created while a secret is in use.
  expect(states([run(1)], query('proof=certificate')).certificate).toEqual({ kind: 'open' })
  expect(states([run(1)]).secret).not.toHaveProperty('instead')
})

test('the Object ID comes from the token, and a different one that was entered is rejected', () => {
  expect(readGuide({}, { clouds: BUILT_IN_CLOUDS, saved: SAVED, runs: [run(1)] })).toMatchObject({
    objectIdFromToken: true,
    values: { objectId: OBJECT },
  })
  expect(states([run(1)], { object: OTHER }).objectId).toMatchObject({
    kind: 'rejected',
    code: 'object-id-differs',
    objectId: OBJECT,
  })
})

test('soon after a change a failure is propagating, two hours after it was first seen it is rejected', () => {
  const rejection = { failedAt: 'auth', code: 'exchange-rejected-token' } as const
  expect(states([run(1, rejection)]).servicePrincipal).toMatchObject({ kind: 'propagating' })
  expect(states([run(1, rejection), run(60, rejection), run(119, rejection)]).servicePrincipal).toMatchObject({
    kind: 'propagating',
  })
  expect(states([run(1, rejection), run(60, rejection), run(121, rejection)]).servicePrincipal).toMatchObject({
    kind: 'rejected',
  })
  expect(states([run(1, rejection), run(300, rejection)]).servicePrincipal).toMatchObject({ kind: 'propagating' }) // a new series
})

test('propagation begins at the first of a series of equal failures', () => {
  const rejection = { failedAt: 'auth', code: 'exchange-rejected-token' } as const
  const guide = readGuide({}, { clouds: BUILT_IN_CLOUDS, saved: SAVED, runs: [] })
  const first = run(50, rejection)
  expect(propagationOf(guide, [run(1, rejection), first, run(55)], NOW)).toEqual({
    testId: 'run-1',
    code: 'exchange-rejected-token',
    since: first.startedAt,
    until: new Date(first.startedAt.getTime() + PROPAGATES_WITHIN_MS),
  })
  expect(propagationOf(guide, [run(1, { failedAt: 'token', code: 'secret-expired' })], NOW)).toBeNull()
  expect(propagationOf(guide, [run(1)], NOW)).toBeNull()
})

test('an invalid value is reported, and the saved value is used', () => {
  const guide = readGuide(
    { tenant: 'common', client: 'x', sender: 'a@b@c', object: '{' },
    { clouds: BUILT_IN_CLOUDS, saved: SAVED, runs: [] },
  )
  expect(Object.keys(guide.validationErrors).sort()).toEqual(['client', 'object', 'sender', 'tenant'])
  expect(guide.values).toMatchObject({ tenantId: TENANT, clientId: CLIENT, sender: VALUES.sender })
  expect(readGuide({ client: '' }, { clouds: BUILT_IN_CLOUDS, saved: SAVED, runs: [] }).values.clientId).toBeNull()
})
