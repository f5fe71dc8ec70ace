import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { breakOffEverywhere } from '../../tests/support/database'
import { waitingFor } from '../../tests/support/locks'
import { caller, createWorld, saved, type World } from '../../tests/support/mail-server'
import { processorMs } from '../../tests/support/processor-time'
import { createAuditLog } from '../audit'
import { SERVERS_LOCK } from '../db/locks'
import { systemClock } from '../kernel'
import { createSenderCache } from '../mail-server/senders/cache'
import { composePolicy } from '../services/policy'
import { EMPTY_RULE, type PolicyFields, type RuleFields } from './draft'

let world: World
beforeAll(async () => {
  world = await createWorld()
})
afterEach(() => world.database.db.$executeRaw`DELETE FROM "PolicyRevision"`)
afterAll(() => world.end())

function policy() {
  const { db } = world.database
  const senders = createSenderCache({ environment: { clouds: [world.cloud] }, db })
  const audit = createAuditLog(db, systemClock)
  return composePolicy({ db, clock: systemClock, audit, mailServers: world.servers(), senders })
}

const rule = (id: string, change: Partial<RuleFields> = {}): RuleFields => ({
  ...EMPTY_RULE,
  id,
  name: `Rule ${id}`,
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
  const mailServer = world.mailServer()
  const parsed = mailServer.parse(world.exchange())
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.error))
  const { version } = await mailServer.view()
  const saved = await mailServer.save(caller, { change: parsed.value, version })
  expect(saved.ok).toBe(true)
}

test('rules with more expressions than may be saved are answered without trying each on each address', async () => {
  const senders = (id: number) => Array.from({ length: 45 }, (_, at) => `/(.?){140}${id}x${at}/`).join('\n')
  const fields = draft(...Array.from({ length: 20 }, (_, id) => rule(`r${id}`, { senders: senders(id) })))
  const originator = Array.from({ length: 200 }, (_, at) => `${'a'.repeat(60)}${at}@contoso.example`).join(' ')
  const before = processorMs()
  expect(await policy().preview(fields, { originator, recipients: '' })).toMatchObject({ isSound: false, examples: {} })
  expect(processorMs() - before).toBeLessThan(1_000)
})

describe('saving', () => {
  test('before the first save every message is sent as the sender of the mail server', async () => {
    expect(await policy().view()).toMatchObject({
      number: 0,
      unreadable: false,
      fields: { rules: [], otherwise: 'allow' },
    })
    expect((await policy().current())?.policy.otherwise).toBe('allow')
  })

  test('R-14 a save is a revision in normal form, and its audit entry names what changed', async () => {
    const first = draft(rule('a', { senders: ' Info@Contoso.EXAMPLE, contoso.example ' }), rule('b'))
    expect(await policy().save(caller, { fields: first, number: 0 })).toEqual({ ok: true, value: { number: 1 } })
    const { fields, number, savedBy } = await policy().view()
    expect({ number, savedBy }).toEqual({ number: 1, savedBy: 'admin@contoso.example' })
    expect(fields.rules[0]?.senders).toBe('Info@contoso.example\n*@contoso.example')

    const second = { ...first, rules: [rule('b', { name: 'Partners' }), rule('c')] }
    expect((await policy().save(caller, { fields: second, number: 1 })).ok).toBe(true)
    const [row] = await auditRows()
    expect(row).toEqual({
      action: 'policy.save',
      result: 'done',
      details: { number: 2, rules: 2, added: 'Rule c', removed: 'Rule a', changed: 'Partners' },
    })
  })

  test.each([
    ['when the audit entry is written', ''],
    ['when the transaction commits', 'DEFERRABLE INITIALLY DEFERRED'],
  ])('R-14 a save that fails %s leaves nothing', async (_, when) => {
    const { db } = world.database
    const rows = await auditRows()
    await db.$executeRawUnsafe(`CREATE FUNCTION fail() RETURNS trigger LANGUAGE plpgsql AS
      $$ BEGIN RAISE EXCEPTION 'failed on purpose'; END $$`)
    await db.$executeRawUnsafe(
      `CREATE CONSTRAINT TRIGGER fail AFTER INSERT ON "AuditEvent" ${when} FOR EACH ROW EXECUTE FUNCTION fail()`,
    )
    const save = policy().save(caller, { fields: draft(rule('a')), number: 0 })
    await expect(save).rejects.toThrow('failed on purpose')
    await db.$executeRawUnsafe('DROP FUNCTION fail CASCADE')
    expect((await policy().view()).number).toBe(0)
    expect(await auditRows()).toEqual(rows)
  })

  test('each revision comes with the rules before it, also the last one of a page, and the first one with none', async () => {
    await policy().save(caller, { fields: draft(rule('a')), number: 0 })
    await policy().save(caller, { fields: draft(rule('a'), rule('b')), number: 1 })
    const idsOf = async (page: number) =>
      (await policy().revisions({ page, size: 1 })).rows.map(({ before }) => before?.rules.map(({ id }) => id))
    expect([await idsOf(1), await idsOf(2)]).toEqual([[['a']], [[]]])
  })

  test('R-12 one of 50 saves that are based on one revision succeeds, and every other gets what is saved now', async () => {
    const services = Array.from({ length: 50 }, () => policy())
    const answers = await Promise.all(
      services.map((service, at) =>
        service.save(caller, { fields: draft(rule('a', { name: `Save ${at}` })), number: 0 }),
      ),
    )
    const won = answers.findIndex(({ ok }) => ok)
    expect(answers.filter(({ ok }) => ok)).toHaveLength(1)
    for (const answer of answers.filter(({ ok }) => !ok))
      expect(answer).toMatchObject({
        error: {
          kind: 'conflict',
          number: 1,
          changed: ['added.a', 'otherwise'],
          theirs: { by: 'admin@contoso.example', isOwn: true, fields: { rules: [{ name: `Save ${won}` }] } },
        },
      })
    const { rows, total } = await policy().revisions({ page: 1, size: 10 })
    expect([total, rows[0]?.number]).toEqual([1, 1])
  })

  test('R-12 a conflict says whether the caller or another person has saved', async () => {
    await policy().save(caller, { fields: draft(rule('a')), number: 0 })
    const other = { ...caller, actor: { ...caller.actor, email: 'ben@contoso.example' } }
    const answer = await policy().save(other, { fields: draft(rule('b')), number: 0 })
    expect(answer).toMatchObject({ error: { theirs: { by: 'admin@contoso.example', isOwn: false } } })
  })

  test('R-12 a number from the future is a conflict, not a gap', async () => {
    expect(await policy().save(caller, { fields: draft(), number: 7 })).toMatchObject({
      ok: false,
      error: { kind: 'conflict', number: 0 },
    })
  })

  test('what does not parse is not saved, and each validation error names its rule, field and line', async () => {
    const fields = draft(
      rule('a', { name: '', senders: 'contoso.example\n/(/' }),
      rule('b', { senderAddress: 'Info <info@contoso.example>', recipients: 'a@b@c' }),
    )
    const saved = await policy().save(caller, { fields, number: 0 })
    expect(saved.ok || (saved.error.kind === 'invalid' && saved.error.validationErrors)).toMatchObject([
      { rule: 'a', field: 'name', validationError: { key: 'rule.name' } },
      { rule: 'a', field: 'senders', validationError: { key: 'pattern.regex' }, pattern: { line: 2, text: '/(/' } },
      { rule: 'b', field: 'recipients', pattern: { line: 1 } },
      { rule: 'b', field: 'senderAddress', validationError: { key: 'email.displayForm' } },
    ])
    expect((await policy().view()).number).toBe(0)
  })
})

describe('restoring', () => {
  test('saves an old revision again and says which one, with an audit entry', async () => {
    await policy().save(caller, { fields: draft(rule('a')), number: 0 })
    await policy().save(caller, { fields: draft(rule('b')), number: 1 })
    expect(await policy().restore(caller, { restored: 1, number: 2 })).toEqual({ ok: true, value: { number: 3 } })
    expect((await policy().view()).fields.rules.map(({ id }) => id)).toEqual(['a'])
    const { rows } = await policy().revisions({ page: 1, size: 9 })
    expect(rows.map(({ number, restored }) => [number, restored])).toEqual([
      [3, 1],
      [2, null],
      [1, null],
    ])
    expect((await auditRows())[0]).toMatchObject({ action: 'policy.restore', details: { number: 3, restored: 1 } })
  })

  test.each([
    ['from a revision that does not exist', { restored: 9, number: 1 }, 'no-revision'],
    ['based on an old revision', { restored: 1, number: 0 }, 'conflict'],
  ])('%s is rejected', async (_, input, kind) => {
    await policy().save(caller, { fields: draft(rule('a')), number: 0 })
    expect(await policy().restore(caller, input)).toMatchObject({ ok: false, error: { kind } })
    expect((await auditRows())[0]).toMatchObject({ result: 'refused', details: { reason: kind } })
  })

  test('R-12 a rule is not saved whose mail server is removed at the same moment', async () => {
    const added = await world.servers().add(caller, 'Spare')
    const id = added.ok ? added.value.id : ''
    await saved(world.servers().of(id), world.smtpFields(), 0)
    const { db } = world.database
    const fields = draft(rule('a', { server: id }))
    const { ends } = await db.$transaction(async (removal) => {
      await removal.$executeRaw`SELECT pg_advisory_xact_lock(${SERVERS_LOCK})`
      await removal.mailServer.update({ where: { id }, data: { removedAt: new Date() } })
      const ends = policy().save(caller, { fields, number: 0 })
      await expect.poll(() => waitingFor(removal)).toBe(1)
      return { ends }
    })
    expect(await ends).toMatchObject({ ok: false, error: { kind: 'invalid' } })
    expect((await policy().view()).number).toBe(0)
  })

  test('a revision with a rule of a removed mail server is rejected', async () => {
    await policy().save(caller, { fields: draft(rule('a')), number: 0 })
    await world.database.db.$executeRaw`
      UPDATE "PolicyRevision" SET "rules" = jsonb_set("rules", '{rules,0,outcome,server}', to_jsonb(gen_random_uuid()::text))`
    expect(await policy().restore(caller, { restored: 1, number: 1 })).toMatchObject({ error: { kind: 'server-gone' } })
    expect((await auditRows())[0]).toMatchObject({ result: 'refused', details: { reason: 'server-gone' } })
  })
})

describe('F-54 stored rules that were edited by hand', () => {
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
  ])('with %s are not guessed: they allow nothing, and the page says so', async (_, json) => {
    await world.database.db.$executeRaw`
      INSERT INTO "PolicyRevision" VALUES (1, ${json}::jsonb, 'admin@contoso.example', now())`
    expect((await policy().view()).unreadable).toBe(true)
    expect(await policy().current()).toBeNull()
    const simulated = await policy().simulate({
      originator: 'a@contoso.example',
      recipients: 'b@contoso.example',
      fields: null,
    })
    expect(simulated).toMatchObject({ ok: false, error: { kind: 'unreadable' } })
    expect((await policy().save(caller, { fields: draft(), number: 1 })).ok).toBe(true)
    expect((await policy().view()).unreadable).toBe(false)
  })
})

describe('the sender simulator', () => {
  test('says that there is no mail server', async () => {
    const simulated = await policy().simulate({ originator: '', recipients: 'b@contoso.example', fields: null })
    expect(simulated).toEqual({ ok: false, error: { kind: 'no-server' } })
  })

  test.each([
    ['no recipient', { recipients: ' ' }, { recipients: { key: 'email.required' } }],
    ['an invalid recipient', { recipients: 'a@contoso.example; b' }, { recipients: { key: 'email.noAt' } }],
    [
      'too many recipients',
      { recipients: Array.from({ length: 21 }, (_, n) => `a${n}@b.example`).join() },
      { recipients: { key: 'rule.recipientsMax' } },
    ],
    ['an invalid originator', { originator: 'x' }, { originator: { key: 'email.noAt' } }],
  ])('rejects %s', async (_, change, expected) => {
    const simulated = await policy().simulate({
      originator: '',
      recipients: 'b@contoso.example',
      fields: null,
      ...change,
    })
    expect(simulated).toMatchObject({ ok: false, error: { kind: 'fields', ...expected } })
  })

  test('says whether the server is expected to accept the message until a test has verified it', async () => {
    await saveServer()
    const fields = draft(
      rule('info', { recipients: 'fabrikam.example', senderAddress: 'info@contoso.example' }),
      rule('page', { recipients: 'litware.example' }),
    )
    const simulate = async () => {
      const simulated = await policy().simulate({
        originator: 'person@contoso.example',
        recipients: 'a@fabrikam.example\nb@litware.example, c@adatum.example',
        fields,
      })
      if (!simulated.ok) throw new Error(simulated.error.kind)
      return simulated.value.map(({ by, identity, acceptance }) => [by.kind, identity?.from.address, acceptance?.kind])
    }
    const page = String(world.exchange().senderAddress)
    expect(await simulate()).toEqual([
      ['rule', 'info@contoso.example', 'refusal-expected'],
      ['rule', page, 'expected'],
      ['last-line', undefined, undefined],
    ])
    const change = await world.mailServer().savedChange()
    if (!change) throw new Error('Saved above')
    const test = await world
      .mailServer()
      .test(caller, { change: { ok: true, value: change }, to: 'a@fabrikam.example', dryRun: false })
    if (!test.ok) throw new Error('The limit is not reached')
    for await (const event of test.value) if (event.kind === 'finished') expect(event.report.outcome).toBe('accepted')
    expect((await simulate()).map(([, , kind]) => kind)).toEqual(['refusal-expected', 'verified', undefined])
  })

  test('blames no test where Entra rejects the credential, but names the test or the delivery that failed', async () => {
    const { db } = world.database
    await saveServer()
    const simulate = async () => {
      const simulated = await policy().simulate({ originator: '', recipients: 'a@fabrikam.example', fields: draft() })
      return simulated.ok ? simulated.value[0]?.acceptance : simulated.error
    }
    const where = { slot: 'current' }
    await db.credential.updateMany({ where: { slot: 'previous' }, data: { fallbackUntil: null } })
    await db.credential.updateMany({ where, data: { refusedAt: new Date(), refusedCode: 'secret-expired' } })
    expect(await simulate()).toEqual({ kind: 'failing', cause: { kind: 'credential-refused' } })
    await db.credential.updateMany({ where, data: { refusedAt: null, refusedCode: null } })
    await db.testRun.updateMany({ data: { outcome: 'failed', diagnosisCode: 'deadline-passed' } })
    const { id } = await db.testRun.findFirstOrThrow({ orderBy: { startedAt: 'desc' } })
    expect(await simulate()).toEqual({ kind: 'failing', cause: { kind: 'test', evidenceId: id } })
  })
})

describe('a new sender in the mail server settings', () => {
  const from = 'noreply@contoso.example'
  const to = 'post@contoso.example'
  const change = (senderAddress: string) => {
    const parsed = world.mailServer().parse(world.exchange({ senderAddress }))
    if (!parsed.ok) throw new Error(JSON.stringify(parsed.error))
    return parsed.value
  }
  const state = async () => {
    const [server, { number, fields }] = await Promise.all([world.mailServer().view(), policy().view()])
    return { version: server.version, number, senders: fields.rules.map(({ senderAddress }) => senderAddress) }
  }
  async function begin(): Promise<{ version: number }> {
    const { version } = await world.mailServer().view()
    expect((await world.mailServer().save(caller, { change: change(from), version })).ok).toBe(true)
    const fields = draft(
      rule('a', { senderAddress: from }),
      rule('b', { enabled: false, senderAddress: from }),
      rule('c'),
    )
    expect((await policy().save(caller, { fields, number: 0 })).ok).toBe(true)
    return world.mailServer().view()
  }

  test('is not saved before the operator decides about the rules that name the previous one', async () => {
    const { version } = await begin()
    expect(await world.mailServer().save(caller, { change: change(to), version, rules: { kind: 'ask' } })).toEqual({
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
    expect(await state()).toEqual({ version, number: 1, senders: [from, from, ''] })
    const left = await world.mailServer().save(caller, { change: change(to), version, rules: { kind: 'leave' } })
    expect(left.ok).toBe(true)
    expect(await state()).toEqual({ version: version + 1, number: 1, senders: [from, from, ''] })
  })

  test('R-14 replaces the previous one in the rules in the same save, each change with its audit entry', async () => {
    const { version } = await begin()
    const saved = await world
      .mailServer()
      .save(caller, { change: change(to), version, rules: { kind: 'replace', revision: 1 } })
    expect(saved.ok).toBe(true)
    expect(await state()).toEqual({ version: version + 1, number: 2, senders: [to, to, ''] })
    const rows = await world.database.db.auditEvent.findMany({ orderBy: { sequence: 'desc' }, take: 2 })
    expect(rows.map(({ action, result }) => [action, result])).toEqual([
      ['policy.save', 'done'],
      ['mail-server.save', 'done'],
    ])
    expect(rows[0]?.details).toMatchObject({ number: 2, changed: 'Rule a, Rule b', sender: to })
  })

  test('R-14 a save that is broken off after any statement leaves settings and rules as they were', async () => {
    const { version } = await begin()
    const rules = { kind: 'replace', revision: 1 } as const
    const times = await breakOffEverywhere(
      world.database.db,
      (db) => world.mailServer({ on: { ...world.database, db } }).save(caller, { change: change(to), version, rules }),
      async () => expect(await state()).toEqual({ version, number: 1, senders: [from, from, ''] }),
    )
    expect(times).toBeGreaterThanOrEqual(8)
    expect(await state()).toEqual({ version: version + 1, number: 2, senders: [to, to, ''] })
  })

  test('R-12 needs a new decision if the rules were saved in between', async () => {
    const { version } = await begin()
    await policy().save(caller, { fields: draft(rule('z', { senderAddress: from })), number: 1 })
    const saved = await world
      .mailServer()
      .save(caller, { change: change(to), version, rules: { kind: 'replace', revision: 1 } })
    expect(saved).toMatchObject({ ok: false, error: { kind: 'rules', number: 2, rules: [{ name: 'Rule z' }] } })
    expect(await state()).toEqual({ version, number: 2, senders: [from] })
  })
})
