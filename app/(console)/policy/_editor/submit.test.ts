import { randomUUID } from 'node:crypto'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { FORM_BYTES_MAX } from '@/lib/access/request-refusal'
import { createAuditLog } from '@/lib/audit'
import { createVault } from '@/lib/crypto/vault'
import { createDatabaseClock } from '@/lib/db'
import { systemClock } from '@/lib/kernel'
import { createSenderCache } from '@/lib/mail-server/senders/cache'
import { EMPTY_RULE, type PolicyFields, type RuleFields } from '@/lib/policy/draft'
import { RULES_MAX, TEXT_CHARS_MAX } from '@/lib/policy/fields'
import { composePolicy } from '@/lib/services/policy'
import { createWorld, saved, type World } from '@/tests/support/mail-server'
import { signedInCaller as caller, provideServices, withdrawServices } from '@/tests/support/page-services'
import { draftOf, fieldName } from './draft-of'
import { takeValue } from './merge'
import { changeNeedsFreshSession, previewDraft, restoreNeedsFreshSession, submitChange, submitRestore } from './submit'

let world: World
beforeAll(async () => {
  world = await createWorld()
  const { db } = world.database
  const audit = createAuditLog(db, systemClock)
  const vault = createVault(world.keys, systemClock)
  const senders = createSenderCache({ environment: { clouds: [] }, db })
  provideServices({
    db,
    clock: createDatabaseClock(db),
    vault,
    rules: composePolicy({ db, clock: systemClock, audit, mailServers: world.servers(), senders }),
  })
})
afterEach(() => world.database.db.$executeRaw`DELETE FROM "PolicyRevision"`)
afterAll(async () => {
  withdrawServices()
  await world.end()
})

const rule = (id: string, change: Partial<RuleFields> = {}): RuleFields => ({
  ...EMPTY_RULE,
  id,
  name: id,
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
  test('its content is read back unchanged, whatever line ends the browser sends', () => {
    expect(draftOf(form(full))).toEqual(full)
  })

  test('its preview names each wrong pattern with its line, and nothing that is merely missing', async () => {
    const fields = draft(rule('a', { name: '', senders: 'contoso.example\ncontoso', recipients: '/(a/' }))
    const { wrong } = await previewDraft(form(fields), caller, fields)
    expect(wrong).toEqual({
      [fieldName('senders', 'a')]: [expect.stringMatching(/^line 2, “contoso”: /)],
      [fieldName('recipients', 'a')]: [expect.stringMatching(/^line 1, “\/\(a\/”: /)],
    })
  })

  test('its preview has the findings about a rule that has no name yet, and says of a wrong pattern that it has none', async () => {
    const all = rule('a', { name: 'All' })
    const unnamed = draft(all, rule('b', { name: '' }))
    const { isSound, findings } = await previewDraft(form(unnamed), caller, unnamed)
    expect({ isSound, findings }).toMatchObject({ isSound: true, findings: [{ kind: 'same-as-earlier', rule: 'b' }] })
    const wrong = draft(all, rule('b', { senders: 'contoso' }))
    expect(await previewDraft(form(wrong), caller, wrong)).toMatchObject({ isSound: false, findings: [] })
  })

  test('a step answers with the changed draft and saves nothing', async () => {
    const state = await submitChange(caller, form(full, { do: 'up:b:' }))
    expect(state).toMatchObject({ kind: 'draft', fields: { rules: [{ id: 'b' }, { id: 'a' }] } })
    expect(await world.database.db.policyRevision.count()).toBe(0)
  })

  test.each(['', 'check', 'explode:a:', 'take:rule:gone'])(
    'a button that the form does not have (%j) changes nothing',
    async (button) => {
      expect(await submitChange(caller, form(draft(), { do: button }))).toMatchObject({
        kind: 'draft',
        fields: draft(),
      })
    },
  )

  test('the other values can be taken one by one, also without JavaScript', async () => {
    await submitChange(caller, form(draft(rule('a', { name: 'Theirs' }), rule('n'))))
    const mine = draft(rule('a', { name: 'Mine', senders: 'mine.example' }), rule('m'))
    const took = async (button: string) => {
      const state = await submitChange(caller, form(mine, { do: button }))
      return 'fields' in state && state.fields.rules.map(({ name, senders }) => name + senders)
    }
    expect(await took(takeValue({ what: 'rule', id: 'a', fields: ['name'] }))).toEqual(['Theirsmine.example', 'm'])
    expect(await took('take:rule:a:name,senders,id,gone')).toEqual(['Theirs', 'm'])
    expect(await took('take:rule:m')).toEqual(['Minemine.example'])
    expect(await took('take:rule:n')).toEqual(['Minemine.example', 'n', 'm'])
    expect(await took('take:all:')).toEqual(['Theirs', 'n'])
  })

  test('W-03 the largest rules fit the form, with the state of a conflict about every rule', async () => {
    const ids = Array.from({ length: RULES_MAX }, () => randomUUID())
    const most = (by: string, change: Partial<RuleFields> & { version: string }) => {
      const { version, ...rest } = change
      const texts = {
        name: 'ü'.repeat(99) + by,
        senders: `/${'ü'.repeat(251)}${by}/`,
        recipients: `${'ü'.repeat(31)}${by}@b.example`,
      }
      expect(Object.values(texts).join('').length * RULES_MAX).toBeGreaterThan(TEXT_CHARS_MAX - 500)
      return form(draft(...ids.map((id) => rule(id, { ...texts, ...rest }))), { version })
    }
    expect(await submitChange(caller, most('b', { version: '0' }))).toMatchObject({ kind: 'saved' })
    const theirs = most('t', { version: '1', enabled: false, verdict: 'decline' })
    expect(await submitChange(caller, theirs)).toMatchObject({ kind: 'saved' })
    const data = most('m', { version: '1' })
    const state = await submitChange(caller, data)
    expect(state).toMatchObject({ kind: 'conflict' })
    // Each field's frame in a multipart body: boundary, name, line ends.
    const frames = [...data].length * 130
    const bytes = Buffer.byteLength(JSON.stringify([...data])) + frames + Buffer.byteLength(JSON.stringify(state))
    expect(bytes).toBeLessThan(FORM_BYTES_MAX)
  })
})

test('A-09 rules by which a message may get another mail server need a fresh session, also as an earlier revision', async () => {
  const servers = world.servers()
  const added = await servers.add(caller, 'Branch')
  if (!added.ok) throw new Error(added.error.kind)
  const { id: server } = added.value
  await saved(servers.of(server), world.exchange({ senderAddress: 'branch@contoso.example' }), 0)
  const [inner, branch, last] = [rule('i', { senders: 'a.example' }), rule('b', { senders: 'b.example' }), rule('l')]
  const plain = draft(inner, branch, last)
  const picks = draft(inner, { ...branch, server }, last)
  const demand = (fields: PolicyFields, version: number, more = {}) =>
    changeNeedsFreshSession(form(fields, { version: `${version}`, ...more }))

  expect(await demand(plain, 0), 'no rule names a mail server').toBe(false)
  await submitChange(caller, form(plain))
  expect(await demand(picks, 1)).toBe(true)
  expect(await demand(picks, 1, { do: 'try' }), 'nothing is saved').toBe(false)
  expect(await demand(picks, 1, { do: 'check' })).toBe(false)
  expect(await demand(picks, 1, { do: 'check', asks: 'on' }), 'Enter, while the form asks').toBe(true)
  expect(await demand(draft(...picks.rules, rule('n', { name: '' })), 1), 'not valid').toBe(false)
  await submitChange(caller, form(picks, { version: '1' }))
  const change = (at: number, change: Partial<RuleFields>) =>
    draft(...picks.rules.map((each, place) => (place === at ? { ...each, ...change } : each)))
  for (const fields of [
    plain,
    change(1, { senders: '' }),
    change(1, { enabled: false }),
    change(0, { recipients: 'c.example' }),
    change(2, { server }),
    draft({ ...branch, server }, inner, last),
    draft({ ...branch, server }, last),
  ])
    expect(await demand(fields, 2), JSON.stringify(fields)).toBe(true)
  for (const fields of [
    picks,
    change(0, { name: 'Renamed', verdict: 'decline' }),
    change(1, { senderAddress: 'info@contoso.example' }),
    change(2, { senders: 'c.example', verdict: 'decline' }),
    { ...picks, otherwise: 'allow' as const },
  ])
    expect(await demand(fields, 2), JSON.stringify(fields)).toBe(false)
  expect(await demand(picks, 9), 'no such revision').toBe(true)
  const restored = (number: string) => restoreNeedsFreshSession(form(draft(), { version: '2', number }))
  expect([await restored('1'), await restored('2'), await restored('7')]).toEqual([true, false, false])
})

test('A-09 a draft that another save makes valid needs a fresh session before that save too', async () => {
  const servers = world.servers()
  const added = await servers.add(caller, 'Unverified')
  if (!added.ok) throw new Error(added.error.kind)
  const { id: server } = added.value
  await saved(servers.of(server), world.exchange({ senderAddress: 'unverified@contoso.example' }), 0)
  const everyone = rule('e', { individual: true })
  const next = form(draft({ ...everyone, server }), { version: '1' })
  const needed = await changeNeedsFreshSession(next)
  expect(await submitChange(caller, form(draft(everyone)))).toMatchObject({ kind: 'saved' })
  expect(await submitChange(caller, next)).toMatchObject({ kind: 'saved' })
  expect(needed).toBe(true)
})

test('A-09 going back to a revision that is not saved yet needs a fresh session before it is saved', async () => {
  const servers = world.servers()
  const added = await servers.add(caller, 'Next')
  if (!added.ok) throw new Error(added.error.kind)
  const { id: server } = added.value
  await saved(servers.of(server), world.exchange({ senderAddress: 'next@contoso.example' }), 0)
  const early = form(draft(), { version: '2', number: '1' })
  const needed = await restoreNeedsFreshSession(early)
  await submitChange(caller, form(draft(rule('n', { senders: 'contoso.example', server }))))
  await submitChange(caller, form(draft(), { version: '1' }))
  expect(await submitRestore(caller, early)).toMatchObject({ ok: true })
  expect(needed).toBe(true)
})

describe('R-13 one form, one revision', () => {
  test('20 concurrent submissions save one revision and get the same answer', async () => {
    const data = form(full)
    const states = await Promise.all(Array.from({ length: 20 }, () => submitChange(caller, data)))
    expect(states).toEqual(Array(20).fill({ kind: 'saved', number: 1 }))
    expect(await world.database.db.policyRevision.count()).toBe(1)
  })

  test('the same form with other rules is rejected, and so is one without a token', async () => {
    const token = { formToken: randomUUID().replaceAll('-', '') }
    await submitChange(caller, form(full, token))
    expect(await submitChange(caller, form(draft(), { ...token, version: '1' }))).toMatchObject({ kind: 'refused' })
    expect(await submitChange(caller, form(draft(), { formToken: '', version: '1' }))).toMatchObject({
      kind: 'refused',
    })
    expect(await world.database.db.policyRevision.count()).toBe(1)
  })

  test('a form that was not saved can be sent again after a correction', async () => {
    const token = { formToken: randomUUID().replaceAll('-', '') }
    const wrong = await submitChange(caller, form(draft(rule('a', { name: '' })), token))
    expect(wrong).toMatchObject({ kind: 'invalid', errors: { 'name.a': ['missing'] } })
    expect(await submitChange(caller, form(draft(rule('a')), token))).toEqual({ kind: 'saved', number: 1 })
  })

  test('restoring twice with one form restores once', async () => {
    await submitChange(caller, form(draft(rule('a'))))
    await submitChange(caller, form(draft(rule('b')), { version: '1' }))
    const data = form(draft(), { number: '1', version: '2' })
    const states = [await submitRestore(caller, data), await submitRestore(caller, data)]
    expect(states).toEqual(Array(2).fill({ ok: true, value: { number: 3 } }))
    expect(await world.database.db.policyRevision.count()).toBe(3)
  })
})

test('a simulation of an invalid draft names the fields, and a line of a list by its number', async () => {
  const state = await submitChange(
    caller,
    form(draft(rule('a', { recipients: 'b.example\nx' })), { do: 'try', recipients: 'a@b.example' }),
  )
  const outcome = 'simulation' in state ? state.simulation?.outcome : null
  expect(state.kind).toBe('simulated')
  const errors = outcome?.kind === 'errors' ? outcome.errors : {}
  expect(errors['recipients.a']?.[0]).toMatch(/^line 2, “x”: /)
})

test('without scripts the last result of the simulator follows each step, once it was asked', async () => {
  const fields = draft(rule('a', { recipients: 'b.example' }), rule('b', { verdict: 'decline' }))
  const resultAfter = async (more: Record<string, string>) => {
    const state = await submitChange(
      caller,
      form(fields, { recipients: 'a@b.example', originator: 'x@y.example', ...more }),
    )
    const outcome = 'simulation' in state ? state.simulation?.outcome : undefined
    return outcome?.kind
  }
  expect(await resultAfter({ do: 'up:b:' })).toBeUndefined()
  expect(await resultAfter({ do: 'try' })).toBe('no-server')
  expect(await resultAfter({ do: 'up:b:', tried: 'on' })).toBe('no-server')
})
