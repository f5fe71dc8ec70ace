import { expect, test } from 'vitest'
import { BUILT_IN_CLOUDS } from '../kernel/clouds'
import { SETTLING_MS, settlingOf, stateOf } from './evidence'
import type { EvidenceRun, SavedServer } from './ports'
import { type StepId, stepsFor } from './steps'
import { type AskedFor, readGuide } from './values'

const TENANT = 'd3b07384-9a1c-4f6e-b8d2-6c5e4f3a2b10'
const CLIENT = '4a6be1f2-0c7d-4d9a-a3e8-2b1f9c8d7e60'
const OBJECT = '7c1d2e3f-4a5b-4c6d-8e9f-0a1b2c3d4e5f'
const OTHER = '0f1e2d3c-4b5a-4678-8796-a5b4c3d2e1f0'
const NOW = new Date('2026-11-24T12:00:00Z')
const VALUES = { cloud: 'global', tenantId: TENANT, clientId: CLIENT, sender: 'noreply@contoso.example' }
const SAVED: SavedServer = { ...VALUES, version: 3, proof: 'secret' }

const STAGES = ['settings', 'token', 'claims', 'connect', 'tls', 'auth', 'sender', 'recipient', 'data'] as const
type Stage = (typeof STAGES)[number]

/** A test that went well up to `failedAt`; minutes ago. */
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
    code?: EvidenceRun['code']
    roles?: string[]
    current?: boolean
    values?: EvidenceRun['values']
    warning?: string
  } = {},
): EvidenceRun {
  const end = failedAt ? STAGES.indexOf(failedAt) : STAGES.length
  return {
    id: `run-${minutesAgo}`,
    startedAt: new Date(NOW.getTime() - minutesAgo * 60_000),
    values,
    current,
    dryRun: false,
    outcome: failedAt ? 'failed' : 'accepted',
    code: code ?? null,
    stages: STAGES.map((stage, index) => ({
      stage,
      state: index < end ? (stage === 'claims' && warning ? 'warned' : 'passed') : index === end ? 'failed' : 'skipped',
      ...(stage === 'claims' && index < end && { facts: { oid: OBJECT, roles, ...(warning && { warning }) } }),
    })),
  }
}

function states(runs: readonly EvidenceRun[], asked: AskedFor = {}, saved: SavedServer | null = SAVED) {
  const guide = readGuide(asked, { clouds: BUILT_IN_CLOUDS, saved, runs })
  const told = stepsFor(guide.choices).map((step) => [step.id, stateOf(step, guide, runs, saved, NOW)] as const)
  return Object.fromEntries(told) as Record<StepId, ReturnType<typeof stateOf>>
}
const kinds = (...given: Parameters<typeof states>) =>
  Object.fromEntries(Object.entries(states(...given)).map(([id, { kind }]) => [id, kind]))

test('without any test only what is saved is ticked', () => {
  expect(Object.values(kinds([], {}, null)).every((kind) => kind === 'open')).toBe(true)
  expect(kinds([])).toMatchObject({ save: 'verified', fillIn: 'verified', test: 'open', register: 'open' })
})

test('an accepted test proves every step of path A', () => {
  expect(new Set(Object.values(kinds([run(1)])))).toEqual(new Set(['verified']))
})

test('on path B a token without roles is what is wanted, and an accepted test proves every step', () => {
  const runs = [run(1, { roles: [], warning: 'role-missing' })]
  expect(kinds(runs)).toMatchObject({ noPermission: 'verified', rbacRole: 'verified', test: 'verified' }) // chosen by itself
  expect(new Set(Object.values(kinds(runs, { path: 'rbac' })))).toEqual(new Set(['verified']))
  expect(states(runs, { path: 'mailbox' }).permission).toEqual({ kind: 'open', note: 'role-not-needed' })
})

test('on path B a role in the token is told', () => {
  expect(states([run(1)], { path: 'rbac' }).noPermission).toMatchObject({ kind: 'rejected', code: 'role-there' })
})

test('what let the application in by one path does not tick the other', () => {
  expect(kinds([run(1)], { path: 'rbac' }).rbacRole).toBe('open')
  expect(kinds([run(1, { roles: [], warning: 'role-missing' })], { path: 'mailbox' }).mailboxPermission).toBe('open')
})

test('a failed test ticks what it passed and crosses what it disproves', () => {
  const found = kinds([run(150, { failedAt: 'auth', code: 'smtp-auth-disabled-for-mailbox' })])
  expect(found).toMatchObject({
    register: 'verified',
    permission: 'verified',
    smtpAuth: 'rejected',
    servicePrincipal: 'open',
    test: 'rejected',
  })
})

test('a later stage of the same test takes back what an earlier one seemed to prove', () => {
  expect(kinds([run(200, { failedAt: 'data', code: 'mailbox-permission-missing' })])).toMatchObject({
    smtpAuth: 'verified',
    mailboxPermission: 'rejected',
  })
})

test('a later test takes the tick of what it disproves, and of nothing else', () => {
  const before = run(60)
  const later = run(1, { failedAt: 'token', code: 'secret-expired' })
  expect(kinds([later, before])).toMatchObject({
    secret: 'rejected',
    test: 'rejected',
    servicePrincipal: 'verified',
    mailboxPermission: 'verified',
  })
})

test('a refusal at the login takes the ticks of all that Exchange may mean by it, on either path', () => {
  const code = 'exchange-rejected-token'
  expect(states([run(1, { failedAt: 'auth', code }), run(60)])).toMatchObject({
    servicePrincipal: { kind: 'settling', code },
    mailboxPermission: { kind: 'settling', code },
    consent: { kind: 'verified' },
  })
  const roleless = { roles: [], warning: 'role-missing' }
  const before = run(60, roleless)
  // The token is as it should be there, so it is not told as what is wrong.
  expect(states([run(1, { ...roleless, failedAt: 'auth', code: 'role-missing' }), before])).toMatchObject({
    servicePrincipal: { kind: 'settling', code },
    rbacRole: { kind: 'settling', code },
    test: { kind: 'settling', code },
    noPermission: { kind: 'verified' },
  })
  expect(
    kinds([run(1, { ...roleless, failedAt: 'auth', code: 'smtp-auth-disabled-for-mailbox' }), before]),
  ).toMatchObject({ smtpAuth: 'settling', rbacRole: 'verified', servicePrincipal: 'verified' })
})

test('a test of another secret, application or sender proves no more than it saw', () => {
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

test('a proof that needs no secret ticks the step of one by its own acceptance, and says what it is', () => {
  const secretless: SavedServer = { ...SAVED, proof: 'secretless' }
  expect(states([], {}, secretless).secret).toEqual({ kind: 'open', instead: 'secretless' })
  expect(states([run(1)], {}, secretless).secret).toMatchObject({ kind: 'verified', instead: 'secretless' })
  expect(states([run(1)], { proof: 'secret' }, { ...SAVED, proof: 'certificate' }).secret).toMatchObject({
    kind: 'verified',
    instead: 'certificate',
  })
  expect(states([run(1)], { proof: 'certificate' }, secretless).certificate).toMatchObject({ kind: 'verified' })
  const refused = run(200, { failedAt: 'token', code: 'federated-credential-mismatch' })
  expect(states([refused, run(300)], {}, secretless).secret).toMatchObject({ kind: 'rejected', code: refused.code })
  expect(states([run(1, { current: false })], {}, secretless).secret).toMatchObject({ kind: 'open' })
  // A certificate is still to be made where a secret is in use.
  expect(states([run(1)], { proof: 'certificate' }).certificate).toEqual({ kind: 'open' })
  expect(states([run(1)]).secret).not.toHaveProperty('instead')
})

test('the Object ID comes from the token, and another one that was typed is told to be wrong', () => {
  expect(readGuide({}, { clouds: BUILT_IN_CLOUDS, saved: SAVED, runs: [run(1)] })).toMatchObject({
    objectIdFromToken: true,
    values: { objectId: OBJECT },
  })
  expect(states([run(1)], { object: OTHER }).objectId).toMatchObject({
    kind: 'rejected',
    code: 'object-id-differs',
    told: OBJECT,
  })
})

test('right after a change a failure is settling, two hours after its first sight it is a mistake', () => {
  const settles = { failedAt: 'auth', code: 'exchange-rejected-token' } as const
  expect(states([run(1, settles)]).servicePrincipal).toMatchObject({ kind: 'settling' })
  expect(states([run(1, settles), run(60, settles), run(119, settles)]).servicePrincipal).toMatchObject({
    kind: 'settling',
  })
  expect(states([run(1, settles), run(60, settles), run(121, settles)]).servicePrincipal).toMatchObject({
    kind: 'rejected',
  })
  expect(states([run(1, settles), run(300, settles)]).servicePrincipal).toMatchObject({ kind: 'settling' }) // a new row of failures
})

test('settling begins at the first of the same failures in a row', () => {
  const settles = { failedAt: 'auth', code: 'exchange-rejected-token' } as const
  const guide = readGuide({}, { clouds: BUILT_IN_CLOUDS, saved: SAVED, runs: [] })
  const first = run(50, settles)
  expect(settlingOf(guide, [run(1, settles), first, run(55)], NOW)).toEqual({
    testId: 'run-1',
    code: 'exchange-rejected-token',
    since: first.startedAt,
    until: new Date(first.startedAt.getTime() + SETTLING_MS),
  })
  expect(settlingOf(guide, [run(1, { failedAt: 'token', code: 'secret-expired' })], NOW)).toBeNull()
  expect(settlingOf(guide, [run(1)], NOW)).toBeNull()
})

test('what was typed and cannot be used is told, and the saved value stands', () => {
  const guide = readGuide(
    { tenant: 'common', client: 'x', sender: 'a@b@c', object: '{' },
    { clouds: BUILT_IN_CLOUDS, saved: SAVED, runs: [] },
  )
  expect(Object.keys(guide.validationErrors).sort()).toEqual(['client', 'object', 'sender', 'tenant'])
  expect(guide.values).toMatchObject({ tenantId: TENANT, clientId: CLIENT, sender: VALUES.sender })
  expect(readGuide({ client: '' }, { clouds: BUILT_IN_CLOUDS, saved: SAVED, runs: [] }).values.clientId).toBeNull()
})
