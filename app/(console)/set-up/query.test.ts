import { expect, test } from 'vitest'
import { BUILT_IN_CLOUDS } from '@/lib/kernel/mail-server-settings'
import type { SetupGuideView } from '@/lib/setup-guide'
import { stepsFor } from '@/lib/setup-guide/steps'
import { readGuide } from '@/lib/setup-guide/values'
import { otherApplications, sharersOf, stepAfter, stepHref, stepIn, stepsLeft } from './query'

const guideOf = (typed: Record<string, string>) => readGuide(typed, { clouds: BUILT_IN_CLOUDS, saved: null, runs: [] })

function viewOf(typed: Record<string, string>, confirmed: number): SetupGuideView {
  const guide = guideOf(typed)
  return {
    guide,
    saved: null,
    isAboutSaved: false,
    propagation: null,
    plan: null,
    steps: stepsFor(guide.choices).map((step, at) => ({
      ...step,
      state: at < confirmed ? { kind: 'verified', by: { version: 1 } } : { kind: 'open' },
    })),
  }
}
const placeOf = (query: Record<string, string>, view: SetupGuideView) => stepIn(query, view)?.id ?? 'values'

test('the guide opens at the values, then at the first step that is not confirmed, and at the last one if all are', () => {
  expect(placeOf({}, viewOf({}, 0))).toBe('values')
  expect(placeOf({}, viewOf({ name: 'Postroom' }, 0))).toBe('register')
  expect(placeOf({}, viewOf({ name: 'Postroom' }, 6))).toBe('mailboxPermission')
  expect(placeOf({}, viewOf({ name: 'Postroom' }, 11))).toBe('test')
})

test('the guide opens at the step that a test found not done, although an earlier one is not confirmed either', () => {
  const view = viewOf({ name: 'Postroom' }, 5)
  const failing = { kind: 'rejected', testId: 'one', at: new Date(), code: 'smtp-auth-disabled-for-mailbox' } as const
  const failedAt = (id: string) =>
    placeOf({}, { ...view, steps: view.steps.map((step) => (step.id === id ? { ...step, state: failing } : step)) })
  expect(failedAt('smtpAuth')).toBe('smtpAuth')
  // The test itself fails with every step.
  expect(failedAt('test')).toBe('servicePrincipal')
})

test('the guide passes over a step whose result it knows, although no test has confirmed it', () => {
  const [client, object] = ['4a6be1f2-0c7d-4d9a-a3e8-2b1f9c8d7e60', '0f1e2d3c-4b5a-4678-8796-a5b4c3d2e1f0']
  const view = viewOf({ client, object }, 0)
  expect(placeOf({}, view)).toBe('secret')
  const stored = { ...view, isAboutSaved: true, saved: { credential: 'secret' } as SetupGuideView['saved'] }
  expect(placeOf({}, stored)).toBe('permission')
  expect(placeOf({}, { ...stored, isAboutSaved: false })).toBe('secret')
  const openAt = (id: string) =>
    placeOf({}, { ...view, steps: view.steps.slice(view.steps.findIndex((step) => step.id === id)) })
  expect(openAt('objectId')).toBe('servicePrincipal')
  const left = stepsLeft(stepIn({}, stored), stored.steps).map(({ id }) => id)
  expect([left[0], left.at(-1), left.length]).toEqual(['permission', 'secret', 11])
})

test('an invalid value leads back to the values, but a step in the address is shown', () => {
  const view = viewOf({ tenant: 'common' }, 0)
  expect(placeOf({}, view)).toBe('values')
  expect(placeOf({ step: 'consent' }, view)).toBe('consent')
  expect(placeOf({ step: 'values' }, viewOf({ name: 'Postroom' }, 3))).toBe('values')
  // A step of the other path is not part of this guide.
  expect(placeOf({ step: 'rbacRole' }, viewOf({ name: 'Postroom' }, 3))).toBe('consent')
})

test('from a step the guide leads to the next one that is not confirmed', () => {
  const { steps } = viewOf({}, 5)
  const after = steps.map((step) => stepAfter(step, steps)?.id)
  expect(after.slice(0, 5)).toEqual(Array(5).fill('servicePrincipal'))
  expect(after.slice(5, 7)).toEqual(['mailboxPermission', 'smtpAuth'])
  expect(after.at(-1)).toBeUndefined()
  const confirmed = viewOf({}, 11).steps
  expect(confirmed.map((step) => stepAfter(step, confirmed)?.id)).toEqual([
    ...confirmed.slice(1).map(({ id }) => id),
    undefined,
  ])
})

test('the address of a step repeats the values only if they were typed', () => {
  expect(stepHref(guideOf({}), 'one', 'consent')).toBe('/set-up?server=one&step=consent')
  expect(stepHref(guideOf({ name: 'Post' }), 'one', 'consent')).toMatch(
    /^\/set-up\?server=one&cloud=.*name=Post.*&step=consent$/,
  )
})

const exchange = (id: string, client: string) =>
  ({
    id,
    name: id,
    settings: { type: 'exchange-online-oauth2', cloud: 'global', tenantId: 'T', clientId: client },
  }) as never

test('a guide names the other mail servers of its application, of the same cloud only', () => {
  const client = '4a6be1f2-0c7d-4d9a-a3e8-2b1f9c8d7e60'
  const servers = [exchange('Finance', client), exchange('Shop', 'other'), exchange('Scanner', client)]
  expect(sharersOf(guideOf({ client: client.toUpperCase() }), servers, 'Scanner')).toEqual(['Finance'])
  expect(sharersOf(guideOf({ client, cloud: 'china' }), servers, 'Scanner')).toEqual([])
  expect(sharersOf(guideOf({}), servers, 'Scanner')).toEqual([])
})

test('a further mail server is offered the tenant and the application of the others, each once', () => {
  const relay = { id: 'Relay', name: 'Relay', settings: { type: 'smtp' } } as never
  const fresh = { id: 'New', name: 'New', settings: null } as never
  const servers = [exchange('Finance', 'A'), relay, exchange('Scanner', 'A'), exchange('Shop', 'B'), fresh]
  expect(otherApplications(servers, 'New')).toEqual([
    { name: 'Finance', href: '/set-up?server=New&cloud=global&tenant=T&client=A&step=values' },
    { name: 'Shop', href: '/set-up?server=New&cloud=global&tenant=T&client=B&step=values' },
  ])
  expect(otherApplications([exchange('Finance', 'A')], 'Finance')).toEqual([])
})
