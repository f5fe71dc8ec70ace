import { randomUUID } from 'node:crypto'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import type { OperatorCaller } from '@/app/_server/caller'
import { FORM_BYTES_MAX, formBytes } from '@/lib/access/request-refusal'
import { createVault } from '@/lib/crypto'
import { systemClock } from '@/lib/kernel/clock'
import { sendersKnown } from '@/lib/mail-server/senders/cache'
import type { PolicyFields, RuleFields } from '@/lib/policy/draft'
import { RULES_MAX, TEXT_CHARS_MAX } from '@/lib/policy/rules'
import type { Services } from '@/lib/services'
import { auditLog } from '@/lib/services/audit'
import { composePolicy } from '@/lib/services/policy'
import { createWorld, type World } from '@/tests/support/mail-server'
import { draftOf, fieldName } from './draft-of'
import { submitChange, submitRestore } from './submit'

const KEPT = Symbol.for('postroom.wiring')
const kept = globalThis as { [KEPT]?: Partial<Services> }

const caller: OperatorCaller = {
  actor: { kind: 'operator', id: 'op-1', email: 'admin@contoso.example', role: 'admin' },
  origin: { address: '192.0.2.7', requestId: 'req-1' },
  sessionId: 'session-1',
  locale: 'en',
  name: 'Admin',
}

let world: World
beforeAll(async () => {
  world = await createWorld()
  const { db } = world.database
  const audit = auditLog(db, systemClock)
  const vault = createVault(world.keys, systemClock)
  const senders = sendersKnown({ environment: { clouds: [] }, db, vault })
  kept[KEPT] = {
    db,
    clock: systemClock,
    vault,
    rules: composePolicy({ db, clock: systemClock, audit, mailServers: world.servers(), senders }),
  }
})
afterEach(() => world.database.db.$executeRaw`DELETE FROM "PolicyRevision"`)
afterAll(async () => {
  delete kept[KEPT]
  await world.end()
})

const rule = (id: string, change: Partial<RuleFields> = {}): RuleFields => ({
  id,
  name: id,
  enabled: true,
  senders: '',
  recipients: '',
  verdict: 'allow',
  senderAddress: '',
  senderName: '',
  individual: false,
  server: '',
  ...change,
})

/** As the page's form posts it. */
function form(fields: PolicyFields, more: Record<string, string> = {}): FormData {
  const data = new FormData()
  for (const each of fields.rules) {
    data.append('rule', each.id)
    for (const [field, value] of Object.entries(each) as [keyof RuleFields, string | boolean][]) {
      if (field === 'id' || value === false) continue
      data.set(fieldName(field, each.id), value === true ? 'on' : String(value).replaceAll('\n', '\r\n'))
    }
  }
  data.set('otherwise', fields.otherwise)
  const all = { version: '0', formToken: randomUUID().replaceAll('-', ''), do: 'save', ...more }
  for (const [name, value] of Object.entries(all)) data.set(name, value)
  return data
}
const draft = (...rules: RuleFields[]): PolicyFields => ({ rules, otherwise: 'decline' })
const full = draft(
  rule('a', {
    senders: 'contoso.example\n*.fabrikam.example',
    individual: true,
    senderAddress: 'a@b.example',
    senderName: 'A',
  }),
  rule('b', { enabled: false, verdict: 'decline' }),
)

describe('the form is the draft', () => {
  test('what it holds is read back as it was, whatever line ends the browser posts', () => {
    expect(draftOf(form(full))).toEqual(full)
  })

  test('a button’s step answers with the changed draft and saves nothing', async () => {
    const state = await submitChange(caller, form(full, { do: 'up:b:' }))
    expect(state).toMatchObject({ kind: 'draft', fields: { rules: [{ id: 'b' }, { id: 'a' }] } })
    expect(await world.database.db.policyRevision.count()).toBe(0)
  })

  test.each(['', 'check', 'explode:a:', 'take:rule:gone'])('%j changes nothing', async (asked) => {
    expect(await submitChange(caller, form(draft(), { do: asked }))).toMatchObject({ kind: 'draft', fields: draft() })
  })

  test('theirs are taken one by one, also without scripts', async () => {
    await submitChange(caller, form(draft(rule('a', { name: 'Theirs' }), rule('n'))))
    const mine = draft(rule('a', { name: 'Mine' }), rule('m'))
    const took = async (asked: string) => {
      const state = await submitChange(caller, form(mine, { do: asked }))
      return 'fields' in state && state.fields.rules.map(({ name }) => name)
    }
    expect(await took('take:rule:a')).toEqual(['Theirs', 'm'])
    expect(await took('take:rule:m')).toEqual(['Mine'])
    expect(await took('take:rule:n')).toEqual(['Mine', 'n', 'm'])
    expect(await took('take:all:')).toEqual(['Theirs', 'n'])
  })

  test('W-03 the most that rules can hold fits the form', () => {
    const per = Math.floor(TEXT_CHARS_MAX / RULES_MAX)
    const most = draft(...Array.from({ length: RULES_MAX }, () => rule(randomUUID(), { senders: 'ü'.repeat(per) })))
    // Each field's frame in a multipart body: boundary, name, line ends.
    const frames = [...form(most)].length * 130
    const state = JSON.stringify({ kind: 'conflict', fields: most, theirs: { fields: most } }).length * 2
    expect(formBytes(form(most)) + frames + state).toBeLessThan(FORM_BYTES_MAX)
  })
})

describe('R-13 one form, one revision', () => {
  test('20 equal posts at once save one revision, and all get the same answer', async () => {
    const data = form(full)
    const states = await Promise.all(Array.from({ length: 20 }, () => submitChange(caller, data)))
    expect(states).toEqual(Array(20).fill({ kind: 'saved', number: 1 }))
    expect(await world.database.db.policyRevision.count()).toBe(1)
  })

  test('the same form with other rules is refused, one without a token too', async () => {
    const token = { formToken: randomUUID().replaceAll('-', '') }
    await submitChange(caller, form(full, token))
    expect(await submitChange(caller, form(draft(), { ...token, version: '1' }))).toMatchObject({ kind: 'refused' })
    expect(await submitChange(caller, form(draft(), { formToken: '', version: '1' }))).toMatchObject({
      kind: 'refused',
    })
    expect(await world.database.db.policyRevision.count()).toBe(1)
  })

  test('a form that was not saved may be sent again once it is mended', async () => {
    const token = { formToken: randomUUID().replaceAll('-', '') }
    const wrong = await submitChange(caller, form(draft(rule('a', { name: '' })), token))
    expect(wrong).toMatchObject({ kind: 'invalid', errors: { 'name.a': ['Give the rule a name.'] } })
    expect(await submitChange(caller, form(draft(rule('a')), token))).toEqual({ kind: 'saved', number: 1 })
  })

  test('going back twice by one form goes back once', async () => {
    await submitChange(caller, form(draft(rule('a'))))
    await submitChange(caller, form(draft(rule('b')), { version: '1' }))
    const data = form(draft(), { number: '1', version: '2' })
    const states = [await submitRestore(caller, data), await submitRestore(caller, data)]
    expect(states).toEqual([
      { kind: 'saved', number: 3 },
      { kind: 'saved', number: 3 },
    ])
    expect(await world.database.db.policyRevision.count()).toBe(3)
  })
})

test('a try of a draft with mistakes names the fields, and a line of a list by its number', async () => {
  const state = await submitChange(
    caller,
    form(draft(rule('a', { recipients: 'b.example\nx' })), { do: 'try', recipients: 'a@b.example' }),
  )
  expect(state).toMatchObject({ kind: 'tried', outcome: { kind: 'errors' } })
  const errors = state.kind === 'tried' && state.outcome.kind === 'errors' ? state.outcome.errors : {}
  expect(errors['recipients.a']?.[0]).toMatch(/^Line 2, “x”: /)
})
