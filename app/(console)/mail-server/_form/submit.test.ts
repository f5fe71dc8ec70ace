import { randomUUID } from 'node:crypto'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { changeOnce } from '@/app/_server/change-once'
import { claimForm } from '@/app/_server/form-token'
import { once } from '@/app/_server/once'
import { createVault } from '@/lib/crypto/vault'
import { createDatabaseClock } from '@/lib/db'
import { FIRST_MAIL_SERVER_ID } from '@/lib/db/default-mail-server'
import { MINUTE_MS, ok, type Result, systemClock } from '@/lib/kernel'
import type { TestEvent } from '@/lib/mail-server'
import type { Services } from '@/lib/services'
import entries from '@/tests/data/bad-inputs.json'
import { CLIENT, createWorld, OBJECT, SECRET, TENANT, type World } from '@/tests/support/mail-server'
import { signedInCaller as caller, provideServices, withdrawServices } from '@/tests/support/page-services'
import { processorMs } from '@/tests/support/processor-time'
import type { FormState } from './form-data'
import { submitRestore } from './submit-restore'
import { formNeedsFreshSession, submitSave } from './submit-save'
import { submitTest } from './submit-test'

let world: World
beforeEach(async () => {
  world = await createWorld()
  provideServices({
    db: world.database.db,
    clock: createDatabaseClock(world.database.db),
    vault: createVault(world.keys, systemClock),
    clouds: [world.cloud],
    mailServers: {
      of: () => world.mailServer(),
      default: async () => world.mailServer(),
    } as unknown as Services['mailServers'],
  })
})
afterEach(async () => {
  withdrawServices()
  await world.end()
})

const token = () => randomUUID().replaceAll('-', '')

function form(raw: Record<string, unknown>, more: Record<string, string> = {}): FormData {
  const data = new FormData()
  const fields = {
    server: FIRST_MAIL_SERVER_ID,
    version: '0',
    formToken: token(),
    testTo: 'anna@fabrikam.example',
    ...raw,
    ...more,
  }
  for (const [name, value] of Object.entries(fields)) if (value !== undefined) data.set(name, String(value))
  return data
}

async function test_(data: FormData): Promise<{ state: FormState | null; status: number; finished: TestEvent | null }> {
  const submitted = await submitTest(caller, data)
  if (submitted.kind === 'state') return { state: submitted.state, status: submitted.status, finished: null }
  let finished: TestEvent | null = null
  for await (const event of submitted.events) if (event.kind === 'finished') finished = event
  return { state: null, status: 200, finished }
}

describe('R-13 F-67 one form, one deed', () => {
  test('20 equal posts at once make one SMTP transaction, and all get the same report', async () => {
    const data = form(world.exchange())
    const answers = await Promise.all(Array.from({ length: 20 }, () => test_(data)))
    expect(world.smtp.commands.filter((line) => line.startsWith('MAIL'))).toHaveLength(1)
    expect(world.smtp.messages).toHaveLength(1)
    const ids = new Set(answers.map(({ finished }) => (finished?.kind === 'finished' ? finished.testId : '-')))
    expect(ids.size).toBe(1)
    expect(ids.has('-')).toBe(false)
    expect(await world.database.db.auditEvent.count({ where: { action: 'mail-server.test' } })).toBe(1)
  })

  test('the same token with other values is refused with 409, and none at all too', async () => {
    const formToken = token()
    await test_(form(world.exchange(), { formToken }))
    const other = await test_(form(world.exchange(), { formToken, testTo: 'berta@fabrikam.example' }))
    expect(other).toMatchObject({ status: 409, state: { kind: 'refused' } })
    expect(await test_(form(world.exchange(), { formToken: '' }))).toMatchObject({
      status: 409,
      state: { kind: 'refused' },
    })
    expect(world.smtp.messages).toHaveLength(1)
  })

  test('the same token with another file is refused, also when name and size are the same', async () => {
    const formToken = token()
    const claim = (content: string) => {
      const data = new FormData()
      data.set('formToken', formToken)
      data.set('file', new File([content], 'certificate.pfx', { lastModified: 0 }))
      return claimForm(caller, 'credentials.add-next', data, 0)
    }
    const first = await claim('one')
    if (first.kind !== 'first') throw new Error(first.kind)
    await first.finish({ done: true })
    expect(await claim('one')).toMatchObject({ kind: 'repeated', answer: { done: true } })
    expect(await claim('two')).toEqual({ kind: 'other-content' })
  })

  test('a token is one person’s, for one act, and what the framework adds to a form says nothing', async () => {
    const formToken = token()
    const claim = (who = caller, purpose = 'credential.add-next', more = {}) =>
      claimForm(who, purpose, form({}, { formToken, ...more }), 0)
    const first = await claim()
    if (first.kind !== 'first') throw new Error(first.kind)
    await first.finish({ done: true })
    expect(await claim({ ...caller, actor: { ...caller.actor, id: 'op-2' } })).toMatchObject({ kind: 'first' })
    expect(await claim(caller, 'credential.remove')).toMatchObject({ kind: 'first' })
    expect(await claim(caller, 'credential.add-next', { $ACTION_KEY: 'k2' })).toMatchObject({ kind: 'repeated' })
  })

  test('what is still running when its second post is answered is not done again by a third one with a new token', async () => {
    const claim = (more = {}, who = caller) => claimForm(who, 'mail-server.save', form({}, { ...more }), 0)
    const first = await claim({ formToken: 'first'.padEnd(22, '-') })
    if (first.kind !== 'first') throw new Error(first.kind)
    expect(await claim({ formToken: 'first'.padEnd(22, '-') })).toEqual({ kind: 'running' })
    expect(await claim()).toEqual({ kind: 'running' })
    expect(await claim({ testTo: 'berta@fabrikam.example' }), 'other content').toMatchObject({ kind: 'first' })
    expect(await claim({}, { ...caller, actor: { ...caller.actor, id: 'op-2' } })).toMatchObject({ kind: 'first' })
    await first.finish({ version: 1 })
    expect(await claim()).toEqual({ kind: 'repeated', answer: { version: 1 } })
    expect(await claim(), 'once its end was reported, the same content is a new one').toMatchObject({ kind: 'first' })
  })

  test('what broke off may be done again at once, and a change that is sent again is only looked at', async () => {
    const broken = form({})
    const post = (act: () => Promise<Result<object, string>>) =>
      once(caller, 'mail-server.save', broken, act, (message) => message)
    await expect(post(() => Promise.reject(new Error('the connection is lost')))).rejects.toThrow('is lost')
    expect(await post(async () => ok({ done: true }))).toEqual(ok({ done: true }))
    const repeats: boolean[] = []
    const act = async (isRepeated: boolean) => ok(repeats.push(isRepeated))
    const data = form({})
    for (const nth of [1, 2]) expect(await changeOnce(caller, 'operator.enable', data, act, String)).toEqual(ok(nth))
    expect(repeats).toEqual([false, true])
  })

  test('20 equal saves at once make one revision, and all of them report it', async () => {
    const data = form(world.exchange())
    const states = await Promise.all(Array.from({ length: 20 }, () => submitSave(caller, data)))
    expect(states).toEqual(Array(20).fill({ kind: 'saved', version: 1 }))
    expect(await world.database.db.mailServerRevision.count()).toBe(1)
  })

  test.each([
    // One that may still run is waited for first.
    ['save', 2, submitSave, () => form(world.exchange(), { version: '1' }), { kind: 'saved', version: 2 }],
    ['restore', 11, submitRestore, () => form({ number: '1' }, { version: '1' }), { ok: true, value: { version: 2 } }],
  ] as const)(
    'a %s whose process ended %i minutes ago, before it answered, is answered by its audit entry',
    async (verb, minutes, submit, make, answer) => {
      await submitSave({ ...caller, origin: { ...caller.origin, requestId: 'req-0' } }, form(world.exchange()))
      const data = make()
      expect(await submit(caller, data)).toMatchObject(answer)
      await world.database.db.formToken.updateMany({
        where: { purpose: `mail-server.${verb}` },
        data: { answer: { runsAs: caller.origin.requestId }, createdAt: new Date(Date.now() - minutes * MINUTE_MS) },
      })
      expect(await submit(caller, data)).toMatchObject(answer)
      expect(await world.database.db.mailServerRevision.count()).toBe(2)
    },
  )

  test('N-06 beyond the allowance: 429 with a wait, and the form may be sent again later', async () => {
    for (let n = 0; n < 5; n++) await test_(form(world.exchange()))
    const data = form(world.exchange())
    expect(await test_(data)).toMatchObject({
      status: 429,
      state: { kind: 'refused', message: expect.stringMatching(/second/) },
    })
    await world.database.db.rateLimit.deleteMany()
    expect(await test_(data)).toMatchObject({ status: 200 })
  })
})

describe('F-66 two administrators', () => {
  test('the second is refused and shown both values, and may save on the new version', async () => {
    await submitSave(caller, form(world.exchange()))
    const keep = { ...world.exchange(), clientSecretChange: 'keep', clientSecret: '' }
    await submitSave(caller, form({ ...keep, senderName: 'First' }, { version: '1' }))
    const state = await submitSave(caller, form({ ...keep, senderName: 'Second' }, { version: '1' }))
    expect(state).toMatchObject({
      kind: 'conflict',
      version: 2,
      fields: { senderName: 'Second' },
      base: { senderName: world.exchange().senderName },
      theirs: { by: 'admin@contoso.example', fields: { senderName: 'First' } },
    })
    expect(await submitSave(caller, form({ ...keep, senderName: 'Second' }, { version: '2' }))).toEqual({
      kind: 'saved',
      version: 3,
    })
  })

  test('going back is one post', async () => {
    await submitSave(caller, form(world.exchange()))
    await submitSave(caller, form(world.smtpFields(), { version: '1' }))
    const back = new FormData()
    for (const [name, value] of [
      ['server', FIRST_MAIL_SERVER_ID],
      ['number', '1'],
      ['version', '2'],
      ['formToken', token()],
    ] as const)
      back.set(name, value)
    expect(await submitRestore(caller, back)).toMatchObject({ ok: true, value: { version: 3 } })
  })
})

describe('Pasting helps without JavaScript', () => {
  const invalid = async (raw: Record<string, unknown>) => {
    const state = await submitSave(caller, form(raw))
    if (state.kind !== 'invalid') throw new Error(JSON.stringify(state))
    expect(JSON.stringify(state)).not.toContain(SECRET)
    expect(await world.database.db.mailServer.count()).toBe(0)
    return state
  }

  test('a block in one field fills the others for a look; nothing is stored', async () => {
    const block = JSON.stringify({ appId: CLIENT, password: SECRET, tenant: TENANT })
    const { fields, errors, tidied } = await invalid(
      world.exchange({ tenantId: block, clientId: '', clientSecret: SECRET }),
    )
    expect(fields).toMatchObject({ tenantId: TENANT, clientId: CLIENT })
    expect(tidied?.hints.tenantId).toContain('several values')
    expect(errors.tenantId).toBeUndefined()
    expect(errors.clientSecret).toContain('never sent back')
  })

  test.each([
    ['senderAddress', `Tenant ID: ${TENANT} Client ID: ${CLIENT} Client Secret: ${SECRET} `],
    ['clientId', 'Zz18Q~canary-Entra.Secret_0123456789abcde'],
    ['tenantId', `clientSecret=${SECRET}`],
  ])('S-01 a secret in %s is not shown again', async (name, text) => {
    const state = await submitSave(caller, form({ ...world.exchange(), [name]: text }))
    expect(state).toMatchObject({ kind: 'invalid', fields: { [name]: '' } })
    expect(JSON.stringify(state)).not.toContain('canary')
  })

  test('removed quotation marks are information, not an error; the Secret ID and invisible characters are errors', async () => {
    const quoted = await invalid(world.exchange({ tenantId: `\u201c${TENANT}\u201d` }))
    expect(quoted).toMatchObject({
      fields: { tenantId: TENANT },
      errors: {},
      tidied: { values: { tenantId: TENANT }, hints: { tenantId: expect.stringContaining('uotation') } },
    })
    const secretId = await invalid(world.exchange({ clientSecret: OBJECT }))
    expect(secretId.errors.clientSecret).toContain('this is the Secret ID')
    const hidden = await invalid(
      world.exchange({ clientSecret: `${SECRET.slice(0, 8)}\u200b${SECRET.slice(8)}`.replace(SECRET, '') }),
    )
    expect(hidden.errors.clientSecret).toContain('zero-width space')
  })
})

test('a mail server that was removed is neither saved nor tested, and what was typed is shown again', async () => {
  await submitSave(caller, form(world.exchange()))
  const data = form(world.exchange({ senderName: 'Typed' }), { version: '1' })
  const { db } = world.database
  await db.mailServer.update({ where: { id: FIRST_MAIL_SERVER_ID }, data: { removedAt: new Date(), isDefault: false } })
  const said = { kind: 'refused', message: expect.stringContaining('removed'), fields: { senderName: 'Typed' } }
  expect(await submitSave(caller, data)).toMatchObject(said)
  expect(await test_(data)).toMatchObject({ state: said, status: 409 })
  expect([await db.mailServerRevision.count(), world.smtp.messages]).toEqual([1, []])
})

test('whatever keeps the form from being done, the typed recipient is shown again, a secret typed there is not', async () => {
  const testTo = 'berta@fabrikam.example'
  expect((await test_(form(world.exchange({ tenantId: 'x' }), { testTo }))).state).toMatchObject({
    kind: 'invalid',
    testTo,
  })
  expect(await submitSave(caller, form(world.exchange(), { testTo, version: '7' }))).toMatchObject({
    kind: 'conflict',
    testTo,
  })
  const { state } = await test_(form(world.exchange(), { testTo, formToken: '' }))
  expect(state).toMatchObject({ kind: 'refused', testTo })
  expect(
    (await test_(form(world.exchange(), { testTo: 'Zz18Q~canary-Entra.Secret_0123456789abcde' }))).state,
  ).toMatchObject({ kind: 'invalid', testTo: '' })
})

test('A-09 a fresh login for another destination or secret, not for the rest, nor for what would not be saved', async () => {
  const demand = (raw: Record<string, unknown>, version = '1') => formNeedsFreshSession(form(raw, { version }), 'en')
  expect(await demand(world.exchange(), '0')).toBe(true)
  await submitSave(caller, form(world.exchange()))
  const globals = (change: Record<string, unknown> = {}) =>
    world.exchange({ clientSecretChange: 'keep', clientSecret: undefined, ...change })
  expect(await demand(globals({ senderName: 'Another', secretExpiresAt: '2098-01-01' }))).toBe(false)
  expect(await demand(globals({ tenantId: OBJECT }))).toBe(true)
  expect(await demand(globals({ cloud: 'global' }))).toBe(true)
  expect(await demand(globals({ tenantId: 'x' }))).toBe(false)
  expect(await demand(world.exchange())).toBe(true)

  const open = { login: 'none', username: undefined, passwordChange: undefined, password: undefined }
  await submitSave(caller, form(world.smtpFields(open), { version: '1' }))
  expect(await demand(world.smtpFields({ ...open, senderAddress: 'other@contoso.example' }), '2')).toBe(false)
  expect(await demand(world.smtpFields({ ...open, security: 'tls' }), '2')).toBe(true)
})

test('A-09 a form that counts on the next save of another person needs a fresh login before that save', async () => {
  const open = { login: 'none', username: undefined, passwordChange: undefined, password: undefined }
  await submitSave(caller, form(world.smtpFields(open)))
  const early = form(world.smtpFields(open), { version: '2' })
  const needed = await formNeedsFreshSession(early, 'en')
  const moved = form(world.smtpFields({ ...open, security: 'tls' }), { version: '1' })
  expect(await submitSave(caller, moved)).toEqual({ kind: 'saved', version: 2 })
  expect(await submitSave(caller, early)).toEqual({ kind: 'saved', version: 3 })
  expect(needed).toBe(true)
})

test('W-03 a name we do not know, a field sent twice and a file in a text’s place are refused', async () => {
  expect(await submitSave(caller, form(world.exchange(), { settings: '{}' }))).toMatchObject({ kind: 'invalid' })
  const twice = form(world.exchange())
  twice.append('tenantId', TENANT)
  expect(await submitSave(caller, twice)).toMatchObject({ kind: 'invalid', errors: { tenantId: 'not a text' } })
  const file = form(world.exchange())
  file.set('clientId', new File(['x'], 'x.txt'))
  expect(await submitSave(caller, file)).toMatchObject({ kind: 'invalid', errors: { clientId: 'not a text' } })
  expect(await world.database.db.mailServer.count()).toBe(0)
})

interface Entry {
  field: string
  value: unknown
  expect: 'accept' | 'reject' | 'normalise'
  normalised?: unknown
  note: string
  gen?: { unit: string; times: number; prefix?: string; suffix?: string }
  dns?: string[]
}
const inputOf = ({ value, gen }: Entry): unknown =>
  gen ? (gen.prefix ?? '') + gen.unit.repeat(gen.times) + (gen.suffix ?? '') : value

const NAMES: Record<string, [name: string, type: 'exchange' | 'smtp']> = {
  tenant_id: ['tenantId', 'exchange'],
  client_id: ['clientId', 'exchange'],
  client_secret: ['clientSecret', 'exchange'],
  secret_expires_at: ['secretExpiresAt', 'exchange'],
  sender_email: ['senderAddress', 'exchange'],
  display_name: ['senderName', 'exchange'],
  recipient_email: ['testTo', 'exchange'],
  smtp_host: ['host', 'smtp'],
  smtp_port: ['port', 'smtp'],
  smtp_username: ['username', 'smtp'],
}

test('W-03 every given input, through the form: refused ones store and send nothing, in under 200 ms', async () => {
  const mailServer = world.mailServer()
  let refused = 0
  for (const entry of entries as Entry[]) {
    const [name, type] = NAMES[entry.field] ?? []
    const input = inputOf(entry)
    // A form carries texts only, and which names resolve where is the dialer's to say.
    if (!name || entry.dns || (typeof input !== 'string' && typeof input !== 'number')) continue
    if (typeof input === 'number' && entry.field !== 'smtp_port') continue
    const data = form(type === 'smtp' ? world.smtpFields() : world.exchange(), { version: '7' })
    data.set(name, String(input))
    const began = processorMs()
    const state =
      name === 'testTo'
        ? (await test_(form(world.exchange({ clientSecret: '' }), { testTo: String(input) }))).state
        : await submitSave(caller, data)
    const about = `${entry.field}: ${JSON.stringify(input).slice(0, 60)}`
    const errors = state?.kind === 'invalid' ? { ...state.errors, ...state.tidied?.hints } : {}
    if (entry.expect === 'reject') {
      expect(errors[name], about).toBeTruthy()
      expect(processorMs() - began, about).toBeLessThan(200)
      refused += 1
    } else expect(errors[name], about).toBeUndefined()
  }
  expect(refused).toBeGreaterThan(60)
  expect(await world.database.db.mailServer.count()).toBe(0)
  expect(world.entra.connections + world.smtp.connections).toBe(0)
  expect((await mailServer.view()).version).toBe(0)
})
