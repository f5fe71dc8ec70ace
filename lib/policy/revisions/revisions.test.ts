import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { caller, createWorld, type World } from '../../../tests/support/mail-server'
import { createVault } from '../../crypto'
import { systemClock } from '../../kernel/clock'
import { sendersKnown } from '../../mail-server/senders/cache'
import { auditLog } from '../../services/audit'
import { composePolicyRevisions } from '../../services/policy'
import type { PolicyFields, RuleFields } from '../draft'
import { type CrashPoint, createRulesStore } from './store'

let world: World
beforeAll(async () => {
  world = await createWorld()
})
afterEach(() => world.database.db.$executeRaw`DELETE FROM "PolicyRevision"`)
afterAll(() => world.end())

function room(crash?: (point: CrashPoint) => void) {
  const { db } = world.database
  const store = createRulesStore(db, systemClock, crash)
  const senders = sendersKnown({
    environment: { clouds: [world.cloud] },
    db,
    vault: createVault(world.keys, systemClock),
  })
  const audit = auditLog(db, systemClock)
  return composePolicyRevisions({ db, clock: systemClock, audit, mailServers: world.servers(), senders }, { store })
}

const rule = (id: string, change: Partial<RuleFields> = {}): RuleFields => ({
  id,
  name: `Rule ${id}`,
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
const draft = (...rules: RuleFields[]): PolicyFields => ({ rules, otherwise: 'decline' })

const auditRows = (): Promise<{ action: string; result: string; details: unknown }[]> =>
  world.database.db.auditEvent.findMany({
    where: { action: { startsWith: 'policy.' } },
    orderBy: { sequence: 'desc' },
    select: { action: true, result: true, details: true },
  })

async function saveServer(): Promise<void> {
  const mailServer = world.room()
  const parsed = mailServer.parse(world.exchange())
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.error))
  const { version } = await mailServer.view()
  const saved = await mailServer.save(caller, { change: parsed.value, version })
  expect(saved.ok).toBe(true)
}

describe('saving', () => {
  test('before the first save every mail leaves as the page’s sender', async () => {
    expect(await room().view()).toMatchObject({
      number: 0,
      unreadable: false,
      fields: { rules: [], otherwise: 'allow' },
    })
    expect((await room().current())?.policy.otherwise).toBe('allow')
  })

  test('R-14 a save is a revision in normal form, and its audit row tells what changed by name', async () => {
    const first = draft(rule('a', { senders: ' Info@Contoso.EXAMPLE, contoso.example ' }), rule('b'))
    expect(await room().save(caller, { fields: first, number: 0 })).toEqual({ ok: true, value: { number: 1 } })
    const { fields, number, savedBy } = await room().view()
    expect({ number, savedBy }).toEqual({ number: 1, savedBy: 'admin@contoso.example' })
    expect(fields.rules[0]?.senders).toBe('Info@contoso.example\ncontoso.example')

    const second = { ...first, rules: [rule('b', { name: 'Partners' }), rule('c')] }
    expect((await room().save(caller, { fields: second, number: 1 })).ok).toBe(true)
    const [row] = await auditRows()
    expect(row).toEqual({
      action: 'policy.save',
      result: 'done',
      details: { number: 2, rules: 2, added: 'Rule c', removed: 'Rule a', changed: 'Partners' },
    })
  })

  test.each<CrashPoint>(['revision', 'audit'])('R-14 a save that dies after the %s leaves nothing', async (point) => {
    const rows = await auditRows()
    const dying = room((at) => {
      if (at === point) throw new Error('died')
    })
    await expect(dying.save(caller, { fields: draft(rule('a')), number: 0 })).rejects.toThrow('died')
    expect((await room().view()).number).toBe(0)
    expect(await auditRows()).toEqual(rows)
  })

  test('R-12 of 50 saves made on one revision one wins, and each other is told what stands there now', async () => {
    const rooms = Array.from({ length: 50 }, () => room())
    const answers = await Promise.all(
      rooms.map((each, at) => each.save(caller, { fields: draft(rule('a', { name: `Save ${at}` })), number: 0 })),
    )
    const won = answers.findIndex(({ ok }) => ok)
    expect(answers.filter(({ ok }) => ok)).toHaveLength(1)
    for (const answer of answers.filter(({ ok }) => !ok))
      expect(answer).toMatchObject({
        error: {
          kind: 'conflict',
          number: 1,
          theirs: { by: 'admin@contoso.example', fields: { rules: [{ name: `Save ${won}` }] } },
        },
      })
    const { rows, total } = await room().revisions({ page: 1, size: 10 })
    expect([total, rows[0]?.number]).toEqual([1, 1])
  })

  test('R-12 a number from the future is a conflict, not a gap', async () => {
    expect(await room().save(caller, { fields: draft(), number: 7 })).toMatchObject({
      ok: false,
      error: { kind: 'conflict', number: 0 },
    })
  })

  test('what does not parse is not saved, and each complaint names its rule, field and line', async () => {
    const fields = draft(
      rule('a', { name: '', senders: 'contoso.example\n/(/' }),
      rule('b', { senderAddress: 'Info <info@contoso.example>', recipients: 'a@b@c' }),
    )
    const saved = await room().save(caller, { fields, number: 0 })
    expect(saved.ok || (saved.error.kind === 'invalid' && saved.error.validationErrors)).toMatchObject([
      { rule: 'a', field: 'name', validationError: { key: 'rule.name' } },
      { rule: 'a', field: 'senders', validationError: { key: 'pattern.regex' }, pattern: { line: 2, text: '/(/' } },
      { rule: 'b', field: 'recipients', pattern: { line: 1 } },
      { rule: 'b', field: 'senderAddress', validationError: { key: 'email.displayForm' } },
    ])
    expect((await room().view()).number).toBe(0)
  })
})

describe('going back', () => {
  test('saves an old revision again, with its own audit row', async () => {
    await room().save(caller, { fields: draft(rule('a')), number: 0 })
    await room().save(caller, { fields: draft(rule('b')), number: 1 })
    expect(await room().restore(caller, { restored: 1, number: 2 })).toEqual({ ok: true, value: { number: 3 } })
    expect((await room().view()).fields.rules.map(({ id }) => id)).toEqual(['a'])
    expect((await auditRows())[0]).toMatchObject({ action: 'policy.restore', details: { number: 3, restored: 1 } })
  })

  test.each([
    ['to a revision that is not there', { restored: 9, number: 1 }, 'no-revision'],
    ['made on an old revision', { restored: 1, number: 0 }, 'conflict'],
  ])('%s is refused', async (_, input, kind) => {
    await room().save(caller, { fields: draft(rule('a')), number: 0 })
    expect(await room().restore(caller, input)).toMatchObject({ ok: false, error: { kind } })
    expect((await auditRows())[0]).toMatchObject({ result: 'refused', details: { reason: kind } })
  })
})

describe('F-54 rules that were edited by hand', () => {
  test.each([
    ['no rules at all', '{}'],
    ['an unknown member', '{"rules":[],"otherwise":"allow","extra":1}'],
    ['an unknown verdict', '{"rules":[],"otherwise":"maybe"}'],
    [
      'an expression that does not compile',
      '{"otherwise":"allow","rules":[{"id":"a","name":"A","enabled":true,"recipients":[],"senders":[{"kind":"regex","source":"("}],"outcome":{"verdict":"decline"}}]}',
    ],
    [
      'a domain that is not in normal form',
      '{"otherwise":"allow","rules":[{"id":"a","name":"A","enabled":true,"recipients":[],"senders":[{"kind":"domain","domain":"CONTOSO.example"}],"outcome":{"verdict":"decline"}}]}',
    ],
  ])('with %s are not guessed: nothing may leave by them, and the page says so', async (_, json) => {
    await world.database.db.$executeRaw`
      INSERT INTO "PolicyRevision" VALUES (1, ${json}::jsonb, 'somebody', now())`
    expect((await room().view()).unreadable).toBe(true)
    expect(await room().current()).toBeNull()
    const tried = await room().tryMail({
      originator: 'a@contoso.example',
      recipients: 'b@contoso.example',
      fields: null,
    })
    expect(tried).toMatchObject({ ok: false, error: { kind: 'unreadable' } })
    expect((await room().save(caller, { fields: draft(), number: 1 })).ok).toBe(true)
    expect((await room().view()).unreadable).toBe(false)
  })
})

describe('the simulator', () => {
  test('without a mail server says that there is none', async () => {
    const tried = await room().tryMail({ originator: '', recipients: 'b@contoso.example', fields: null })
    expect(tried).toEqual({ ok: false, error: { kind: 'no-server' } })
  })

  test.each([
    ['no recipient', { recipients: ' ' }, { recipients: { key: 'email.required' } }],
    ['a recipient that is none', { recipients: 'a@contoso.example; b' }, { recipients: { key: 'email.noAt' } }],
    [
      'too many',
      { recipients: Array.from({ length: 21 }, (_, n) => `a${n}@b.example`).join() },
      { recipients: { key: 'rule.recipientsMax' } },
    ],
    ['an originator that is none', { originator: 'x' }, { originator: { key: 'email.noAt' } }],
  ])('asks to mend %s', async (_, change, expected) => {
    const tried = await room().tryMail({ originator: '', recipients: 'b@contoso.example', fields: null, ...change })
    expect(tried).toMatchObject({ ok: false, error: { kind: 'fields', ...expected } })
  })

  test('tells whether the server will take it, on expectation until a test proves it', async () => {
    await saveServer()
    const fields = draft(
      rule('info', { recipients: 'fabrikam.example', senderAddress: 'info@contoso.example' }),
      rule('page', { recipients: 'litware.example' }),
    )
    const ask = async () => {
      const tried = await room().tryMail({
        originator: 'person@contoso.example',
        recipients: 'a@fabrikam.example\nb@litware.example, c@adatum.example',
        fields,
      })
      if (!tried.ok) throw new Error(tried.error.kind)
      return tried.value.map(({ by, identity, acceptance }) => [by.kind, identity?.from.address, acceptance?.kind])
    }
    const page = String(world.exchange().senderAddress)
    expect(await ask()).toEqual([
      ['rule', 'info@contoso.example', 'refusal-expected'],
      ['rule', page, 'expected'],
      ['last-line', undefined, undefined],
    ])
    const change = await world.room().savedChange()
    if (!change) throw new Error('Saved above')
    const test = await world
      .room()
      .test(caller, { change: { ok: true, value: change }, to: 'a@fabrikam.example', dryRun: false })
    if (!test.ok) throw new Error('The limit is not reached')
    for await (const event of test.value) if (event.kind === 'finished') expect(event.report.outcome).toBe('accepted')
    expect((await ask()).map(([, , kind]) => kind)).toEqual(['refusal-expected', 'verified', undefined])
  })

  test('blames no test where Entra rejects the credential, but names the test or the delivery that failed', async () => {
    const { db } = world.database
    await saveServer()
    const ask = async () => {
      const tried = await room().tryMail({ originator: '', recipients: 'a@fabrikam.example', fields: draft() })
      return tried.ok ? tried.value[0]?.acceptance : tried.error
    }
    const where = { slot: 'current' }
    await db.credential.updateMany({ where: { slot: 'retired' }, data: { fallbackUntil: null } })
    await db.credential.updateMany({ where, data: { refusedAt: new Date(), refusedCode: 'secret-expired' } })
    expect(await ask()).toEqual({ kind: 'failing', cause: { kind: 'credential-refused' } })
    await db.credential.updateMany({ where, data: { refusedAt: null, refusedCode: null } })
    await db.testRun.updateMany({ data: { outcome: 'failed', diagnosisCode: 'deadline-passed' } })
    const { id } = await db.testRun.findFirstOrThrow({ orderBy: { startedAt: 'desc' } })
    expect(await ask()).toEqual({ kind: 'failing', cause: { kind: 'test', evidenceId: id } })
  })
})

describe('a new sender on the mail server’s page', () => {
  const from = 'noreply@contoso.example'
  const to = 'post@contoso.example'
  const change = (senderAddress: string) => {
    const parsed = world.room().parse(world.exchange({ senderAddress }))
    if (!parsed.ok) throw new Error(JSON.stringify(parsed.error))
    return parsed.value
  }
  const stand = async () => {
    const [server, { number, fields }] = await Promise.all([world.room().view(), room().view()])
    return { version: server.version, number, senders: fields.rules.map(({ senderAddress }) => senderAddress) }
  }
  async function begin(): Promise<{ version: number }> {
    const { version } = await world.room().view()
    expect((await world.room().save(caller, { change: change(from), version })).ok).toBe(true)
    const fields = draft(
      rule('a', { senderAddress: from }),
      rule('b', { enabled: false, senderAddress: from }),
      rule('c'),
    )
    expect((await room().save(caller, { fields, number: 0 })).ok).toBe(true)
    return world.room().view()
  }

  test('is not saved before it is said what becomes of the rules that name the former one', async () => {
    const { version } = await begin()
    expect(await world.room().save(caller, { change: change(to), version, rules: { kind: 'ask' } })).toEqual({
      ok: false,
      error: {
        kind: 'rules',
        number: 1,
        from,
        to,
        rules: [
          { place: 1, name: 'Rule a' },
          { place: 2, name: 'Rule b' },
        ],
      },
    })
    expect(await stand()).toEqual({ version, number: 1, senders: [from, from, ''] })
    const left = await world.room().save(caller, { change: change(to), version, rules: { kind: 'leave' } })
    expect(left.ok).toBe(true)
    expect(await stand()).toEqual({ version: version + 1, number: 1, senders: [from, from, ''] })
  })

  test('R-14 goes into them in the same save, each change with its audit row', async () => {
    const { version } = await begin()
    const saved = await world.room().save(caller, { change: change(to), version, rules: { kind: 'bring', seen: 1 } })
    expect(saved.ok).toBe(true)
    expect(await stand()).toEqual({ version: version + 1, number: 2, senders: [to, to, ''] })
    const rows = await world.database.db.auditEvent.findMany({ orderBy: { sequence: 'desc' }, take: 2 })
    expect(rows.map(({ action, result }) => [action, result])).toEqual([
      ['policy.save', 'done'],
      ['mail-server.save', 'done'],
    ])
    expect(rows[0]?.details).toMatchObject({ number: 2, changed: 'Rule a, Rule b', sender: to })
  })

  test.each(['rules', 'audit'] as const)(
    'R-14 a save that dies after the %s leaves settings and rules as they were',
    async (point) => {
      const { version } = await begin()
      const dying = world.room({
        crash: (at) => {
          if (at === point) throw new Error('died')
        },
      })
      const save = dying.save(caller, { change: change(to), version, rules: { kind: 'bring', seen: 1 } })
      await expect(save).rejects.toThrow('died')
      expect(await stand()).toEqual({ version, number: 1, senders: [from, from, ''] })
    },
  )

  test('R-12 is asked about again when the rules were saved meanwhile', async () => {
    const { version } = await begin()
    await room().save(caller, { fields: draft(rule('z', { senderAddress: from })), number: 1 })
    const saved = await world.room().save(caller, { change: change(to), version, rules: { kind: 'bring', seen: 1 } })
    expect(saved).toMatchObject({ ok: false, error: { kind: 'rules', number: 2, rules: [{ name: 'Rule z' }] } })
    expect(await stand()).toEqual({ version, number: 2, senders: [from] })
  })
})
