import { afterEach, beforeEach, expect, test } from 'vitest'
import { type Simulator, startSimulator } from '../../../simulator/simulator'
import { waitingFor } from '../../../tests/support/locks'
import { caller, newKey } from '../../../tests/support/mail-server'
import { SERVER_ID } from '../../../tests/support/outbox'
import { type SendersWorld, sendersWorld } from '../../../tests/support/senders'
import { createVault } from '../../crypto/vault'
import type { LocalisedCaller } from '../../i18n/locale'
import { ok, systemClock } from '../../kernel'
import { type Destination, destinationText } from '../../kernel/destination'
import { destinationOf } from '../../kernel/mail-server-settings'
import { Redacted } from '../../kernel/redacted'
import type { PolicyRules } from '../../policy'
import type { RuleFields } from '../../policy/draft'
import { replaceKeyedDigests } from './cache'
import { recordSenderResult } from './store'
import type { SendersRequest } from './view'

const MAIN = 'noreply@contoso.example'
const PERSON = 'info@contoso.example'
const ROLE = 'it-support@contoso.example'
const TO = 'x@fabrikam.test'

let world: SendersWorld<Simulator>
beforeEach(async () => {
  world = await sendersWorld(startSimulator)
  await world.saveServer()
})
afterEach(() => world.end())

const senders = () => world.services.senders
const add = (typed: string, way: 'send-as' | 'login' = 'send-as') =>
  senders().add(caller, { server: SERVER_ID, typed, way })
const setWay = (
  address: string,
  way: 'send-as' | 'login',
  from: 'send-as' | 'login' = way === 'login' ? 'send-as' : 'login',
) => senders().setWay(caller, { server: SERVER_ID, address, way, from })
const page = async (request: Partial<SendersRequest> = {}) => {
  const result = await senders().page(SERVER_ID, { text: '', state: null, after: '', rows: 50, ...request })
  if (!result) throw new Error('Saved before')
  return result
}
const counts = async () => (await page()).counts
const addresses = (senders: readonly { address: string }[]) => senders.map(({ address }) => address)
const stateOf = async (address: string) => (await senders().one(SERVER_ID, address))?.sender.state ?? null
const audits = async (action: string) =>
  world.database.db.auditEvent.findMany({ where: { action }, orderBy: { sequence: 'asc' } })

async function verify(address: string): Promise<string> {
  const started = await senders().verify(caller, { server: SERVER_ID, address, to: TO })
  if (!started.ok) return started.error.kind
  for await (const event of started.value)
    if (event.kind === 'finished') return event.report.diagnosis?.code ?? event.report.outcome
  throw new Error('A test ends with its report')
}

const RULE: RuleFields = {
  id: 'people',
  name: 'People',
  enabled: true,
  senders: '',
  recipients: '',
  verdict: 'allow',
  senderAddress: '',
  senderName: '',
  individual: true,
  server: '',
}

const sendingAs = (...senders: string[]): PolicyRules => ({
  otherwise: 'allow',
  rules: senders.map((address, at) => ({
    id: `rule-${at}`,
    name: `Rule of ${address}`,
    enabled: at > 0,
    senders: [],
    recipients: [],
    outcome: { verdict: 'allow', sender: { address, name: '' }, individual: false, server: null },
  })),
})

/** What an attempt showed of a sender that was used because it was verified. */
const REFUSED = {
  mailServerId: SERVER_ID,
  address: PERSON,
  digest: 'x',
  revision: 1,
  evidenceId: SERVER_ID,
  refusal: { code: 'send-as-denied', evidence: '5.7.60' },
  enters: false,
}

test('verify sends a real message as the sender and records its outcome with revision, test and audit entry', async () => {
  expect(await add(PERSON)).toEqual({ ok: true, value: { added: 1, known: 0 } })
  expect(await stateOf(PERSON)).toBe('unverified')
  expect(await verify(PERSON)).toBe('send-as-denied')
  const refused = await senders().one(SERVER_ID, PERSON)
  expect(refused?.sender).toMatchObject({ state: 'refused', login: MAIN })
  expect(refused?.sender.result).toMatchObject({ how: 'test', code: 'send-as-denied', revision: 1 })
  expect(refused?.sender.result?.evidence).toContain('SendAsDenied')

  await world.change('grant-send-as', { mailbox: PERSON })
  expect(await verify(PERSON.toUpperCase())).toBe('accepted')
  const verified = await senders().one(SERVER_ID, PERSON)
  expect(verified?.sender).toMatchObject({ state: 'verified', result: { how: 'test', code: null, evidence: null } })
  const [mail] = world.simulator.mailbox.all()
  expect([mail?.from, mail?.login?.user]).toEqual([PERSON, MAIN])
  const tests = await world.services.mailServer.history({ page: 1, size: 20, asSender: PERSON })
  expect(tests.rows.map(({ id }) => id)).toContain(verified?.sender.result?.evidenceId)
  expect(tests.total).toBe(2)
  const details = (await audits('mail-server.test')).map((row) => row.details)
  expect(details).toMatchObject([
    { sender: PERSON, login: MAIN, outcome: 'failed', code: 'send-as-denied' },
    { sender: PERSON, login: MAIN, outcome: 'accepted' },
  ])
  // The mail server's own sender is verified separately.
  expect((await world.services.mailServer.view()).verifiedBy).toBeNull()
})

test('S-03 an operator can test the stored credential only with the saved sender or a verified one', async () => {
  const operator: LocalisedCaller = {
    ...caller,
    actor: { kind: 'operator', id: 'op-2', email: 'op@contoso.example', role: 'operator' },
  }
  await add(`${PERSON}\n${ROLE}`)
  expect(await verify(PERSON)).toBe('send-as-denied')
  await world.change('grant-send-as', { mailbox: PERSON })
  expect(await verify(PERSON)).toBe('accepted')
  const change = await world.services.mailServer.savedChange()
  if (!change) throw new Error('Saved before')
  const testAs = async (settings: object, by = operator, secret: typeof change.secret = change.secret) => {
    const wanted = { ...change, secret, settings: { ...change.settings, ...settings } }
    const started = await world.services.mailServer.test(by, { change: ok(wanted), to: TO, dryRun: true })
    if (!started.ok) return started.error.kind
    for await (const _ of started.value);
    return 'tested'
  }
  expect(await testAs({})).toBe('tested')
  expect(await testAs({ senderAddress: PERSON })).toBe('tested')
  expect(await testAs({ senderAddress: ROLE })).toBe('sender-not-saved')
  expect(await testAs({ senderName: 'The bank' })).toBe('sender-not-saved')
  const ownSecret = { kind: 'replace', value: new Redacted('a secret of their own') } as const
  expect(await testAs({ senderAddress: ROLE }, operator, ownSecret)).toBe('tested')
  expect(await testAs({ senderAddress: ROLE }, caller)).toBe('tested')
  const refused = (await audits('mail-server.test')).filter(({ result }) => result === 'refused')
  expect(refused.map(({ details }) => details)).toEqual([
    expect.objectContaining({ reason: 'sender-not-saved' }),
    expect.objectContaining({ reason: 'sender-not-saved' }),
  ])
})

test('N-06 verifications count as tests, and a refusal says how long to wait', async () => {
  await add(PERSON)
  for (let n = 0; n < 5; n++) expect(await verify(PERSON)).toBe('send-as-denied')
  expect(await verify(PERSON)).toBe('too-many')
})

test.each([
  ['login', 'send-as'],
  ['send-as', 'login'],
] as const)('a sender that is removed while its way is changed from %s to %s stays removed', async (from, way) => {
  await add(PERSON, from)
  let changed: ReturnType<typeof setWay> | undefined
  await world.database.db.$transaction(async (tx) => {
    await tx.$queryRaw`SELECT 1 FROM "MailServer" FOR UPDATE`
    changed = setWay(PERSON, way)
    await expect.poll(() => waitingFor(tx)).toBe(1)
    await tx.sender.deleteMany()
  })
  expect(await changed).toEqual({ ok: false, error: { kind: 'gone' } })
  expect(await world.database.db.sender.count()).toBe(0)
  expect(await audits('sender.change-way')).toEqual([])
})

test('a sender that is removed while its verification begins is not entered again', async () => {
  await add(PERSON)
  const { verified } = await world.database.db.$transaction(async (tx) => {
    await tx.$executeRaw`LOCK TABLE "PolicyRevision" IN ACCESS EXCLUSIVE MODE`
    const verified = verify(PERSON)
    await expect.poll(() => waitingFor(tx)).toBe(1)
    await tx.sender.deleteMany()
    return { verified }
  })
  await verified
  expect(await world.database.db.sender.count()).toBe(0)
})

test('who leaves the way as the page showed it takes back no change that another person made in the meantime', async () => {
  await add(PERSON)
  expect(await setWay(PERSON, 'login')).toMatchObject({ ok: true })
  expect(await setWay(PERSON, 'send-as', 'send-as')).toEqual({ ok: false, error: { kind: 'changed' } })
  expect((await senders().one(SERVER_ID, PERSON))?.sender.way).toBe('login')
})

test('two equal changes of the way at one moment are one, and the verification is outdated', async () => {
  await add(PERSON)
  await world.change('grant-send-as', { mailbox: PERSON })
  expect(await verify(PERSON)).toBe('accepted')
  const answers = await Promise.all([setWay(PERSON, 'login'), setWay(PERSON, 'login')])
  expect(answers.map(({ ok }) => ok)).toEqual([true, true])
  expect((await audits('sender.change-way')).map(({ result }) => result)).toEqual(['done'])
  expect((await senders().one(SERVER_ID, PERSON))?.sender).toMatchObject({
    state: 'outdated',
    way: 'login',
    login: PERSON,
  })
  expect(await setWay(PERSON, 'send-as')).toEqual({ ok: true, value: undefined })
  expect(await stateOf(PERSON)).toBe('verified')
})

test('with another application a verification is outdated, and it applies again when the previous one is restored', async () => {
  await add(PERSON)
  await world.change('grant-send-as', { mailbox: PERSON })
  expect(await verify(PERSON)).toBe('accepted')
  // An attempt that began before and is recorded after it says nothing new.
  await recordSenderResult(world.database.db, { ...REFUSED, at: new Date(0) }, new Date())
  expect(await stateOf(PERSON)).toBe('verified')
  await world.saveServer({ clientId: '9e8d7c6b-5a49-4838-9271-605f4e3d2c1b' })
  expect(await stateOf(PERSON)).toBe('outdated')
  expect(addresses((await page({ state: 'outdated' })).individual)).toEqual([PERSON])
  expect((await page({ state: 'verified' })).individual).toEqual([])
  await world.saveServer()
  expect(await stateOf(PERSON)).toBe('verified')
})

test('a rule’s senders are listed with their rules, on or off, and can be verified without being entered', async () => {
  await add(ROLE)
  await world.saveRules(sendingAs(PERSON, ROLE, MAIN))
  const { ofRules, individual } = await page()
  expect(ofRules.map(({ address, rules, added }) => [address, rules, added !== null])).toEqual([
    [PERSON, [{ place: 1, name: `Rule of ${PERSON}` }], false],
    [ROLE, [{ place: 2, name: `Rule of ${ROLE}` }], true],
  ])
  expect(individual).toEqual([])
  expect(await counts()).toEqual({ verified: 0, refused: 0, unverified: 2, outdated: 0 })
  await recordSenderResult(world.database.db, { ...REFUSED, at: new Date(), enters: true }, new Date())
  expect((await page()).ofRules[0]).toMatchObject({ address: PERSON, state: 'outdated', added: null })
  await world.change('grant-send-as', { mailbox: PERSON })
  expect(await verify(PERSON)).toBe('accepted')
  expect(await counts()).toEqual({ verified: 1, refused: 0, unverified: 1, outdated: 0 })
  expect(await stateOf(PERSON)).toBe('verified')
  expect(await setWay('nobody@contoso.example', 'login')).toEqual({ ok: false, error: { kind: 'gone' } })
  expect(await verify('nobody@contoso.example')).toBe('gone')
  expect(await verify(MAIN)).toBe('gone')
})

test('a wrong address is reported with its line and nothing is added; existing senders stay as they are', async () => {
  const wrong = await add(`${PERSON}\nnobody\n\nnot an address\n${PERSON}, ${MAIN}`)
  expect(wrong).toMatchObject({ ok: false, error: { kind: 'lines' } })
  if (wrong.ok || wrong.error.kind !== 'lines') throw new Error('Told by lines')
  expect(wrong.error.lines.map(({ line, text }) => [line, text])).toEqual([
    [2, 'nobody'],
    [4, 'not an address'],
    [5, MAIN],
  ])
  expect(await world.database.db.sender.count()).toBe(0)
  expect(await add(' \n')).toEqual({ ok: false, error: { kind: 'none' } })
  const many = Array.from({ length: 101 }, (_, n) => `person-${n}@contoso.example`).join('\n')
  for (const typed of [many, 'nobody\n'.repeat(101)])
    expect(await add(typed)).toEqual({ ok: false, error: { kind: 'too-many', max: 100 } })

  await add(PERSON, 'login')
  expect(await add(`${PERSON}; ${ROLE.toUpperCase()}`)).toEqual({ ok: true, value: { added: 1, known: 1 } })
  expect((await senders().one(SERVER_ID, PERSON))?.sender.way).toBe('login')
  expect((await audits('sender.add')).map(({ subject }) => subject)).toEqual([`sender:${PERSON}`, `sender:${ROLE}`])
  expect(await add(many.slice(0, many.lastIndexOf('\n')))).toMatchObject({ ok: true, value: { added: 100 } })
})

test('thousands are found by a part of the address and by state, page by page', async () => {
  const row = { mailServerId: SERVER_ID, way: 'send-as', addedBy: 'admin@contoso.example', addedAt: new Date() }
  const number = (n: number) => String(n).padStart(4, '0')
  const data = Array.from({ length: 2_000 }, (_, n) => ({ ...row, address: `p_${number(n)}@contoso.example` }))
  await world.database.db.sender.createMany({ data: [...data, { ...row, address: 'pxother@contoso.example' }] })
  const first = await page({ rows: 20 })
  expect(addresses(first.individual)).toEqual(data.slice(0, 20).map(({ address }) => address))
  expect(first.next).toBe('p_0019@contoso.example')
  expect(addresses((await page({ rows: 20, after: first.next ?? '' })).individual)[0]).toBe('p_0020@contoso.example')
  const last = await page({ rows: 11, after: 'p_1989@contoso.example' })
  expect([last.individual.length, last.next]).toEqual([11, null])
  expect((await page({ text: 'P_199' })).individual).toHaveLength(10)
  expect((await page({ text: 'p_other' })).individual).toEqual([])
  const printers = ['printer1@x.example', 'printer2@x.example', 'printer02@x.example', 'printer10@x.example']
  await world.database.db.sender.createMany({ data: printers.map((address) => ({ ...row, address })) })
  const printersFrom = async (after: string) => addresses((await page({ text: 'printer', rows: 2, after })).individual)
  expect(await printersFrom('')).toEqual(['printer1@x.example', 'printer02@x.example'])
  expect(await printersFrom('printer02@x.example')).toEqual(['printer2@x.example', 'printer10@x.example'])
  await world.database.db.sender.deleteMany({ where: { address: { in: printers } } })

  // Far apart, so that many rows are looked at for a page.
  const digest = world.services.senderCache.digestOf((await page()).settings, {
    address: 'p_1900@contoso.example',
    mailbox: MAIN,
  })
  const result = { outcome: 'accepted', at: new Date(), how: 'test', revision: 1, evidenceId: SERVER_ID }
  await world.database.db.sender.updateMany({ data: { ...result, digest } })
  expect(addresses((await page({ state: 'verified' })).individual)).toEqual(['p_1900@contoso.example'])
  expect((await page({ state: 'outdated' })).individual).toHaveLength(50)
  expect(await counts()).toEqual({ verified: 1, refused: 0, unverified: 0, outdated: 2_000 })
  const searched = await page({ text: 'P_190' })
  expect(searched.matching).toEqual({ verified: 1, refused: 0, unverified: 0, outdated: 9 })
  expect(searched.counts).toEqual(await counts())

  const rest = Array.from({ length: 7_998 }, (_, n) => ({ ...row, address: `rest-${n}@contoso.example` }))
  await world.database.db.sender.createMany({ data: rest })
  expect(await add(`${PERSON}; ${ROLE}`)).toEqual({ ok: false, error: { kind: 'full', max: 10_000 } })
  expect(await add(PERSON), 'the 10,000th').toEqual({ ok: true, value: { added: 1, known: 0 } })
})

test('what was verified as an individual sender is none any more once it is the mail server’s own', async () => {
  await add(PERSON, 'login')
  const digest = world.services.senderCache.digestOf((await page()).settings, { address: PERSON, mailbox: PERSON })
  const result = { outcome: 'accepted', at: new Date(), how: 'test', revision: 1, evidenceId: SERVER_ID }
  await world.database.db.sender.updateMany({ data: { ...result, digest } })
  const isPossible = async () => (await world.services.mailServer.view()).individualPossible
  expect(await isPossible()).toBe(true)
  await world.saveServer({ senderAddress: PERSON })
  expect(await isPossible()).toBe(false)
})

test('S-08 what an earlier version stored about senders under the sealing key stays, unless it is of other settings', async () => {
  await add(`${PERSON}\n${ROLE}`)
  const { db, vault, environment } = world.services.common
  const keyed = (tenant: string, address: string) => vault.digest(JSON.stringify(['sender', tenant, MAIN, address]))
  const result = { outcome: 'accepted', at: new Date(), how: 'test', revision: 1, evidenceId: SERVER_ID }
  const { settings } = await page()
  const destination = destinationText(destinationOf(settings, environment.clouds) as Destination)
  await db.sender.updateMany({ where: { address: PERSON }, data: { ...result, digest: keyed(destination, PERSON) } })
  await db.sender.updateMany({ where: { address: ROLE }, data: { ...result, digest: keyed('other', ROLE) } })
  expect(await counts()).toEqual({ verified: 0, refused: 0, unverified: 0, outdated: 2 })
  // Another key is the first one since, as after a rotation and the restore of a backup of before.
  const vaults = [createVault([newKey('k2')], systemClock), vault]
  for (let start = 0; start < 2; start++) await replaceKeyedDigests({ db, vaults, environment })
  expect([await stateOf(PERSON), await stateOf(ROLE)]).toEqual(['verified', 'outdated'])
})

test('a sender that was removed is not entered again by a test or a mail that was under way', async () => {
  await add(PERSON)
  const started = await senders().verify(caller, { server: SERVER_ID, address: PERSON, to: TO })
  if (!started.ok) throw new Error('The limit is not reached')
  expect(await senders().remove(caller, { server: SERVER_ID, address: PERSON })).toEqual({ ok: true, value: undefined })
  for await (const _ of started.value) {
    // Until it has ended.
  }
  await recordSenderResult(world.database.db, { ...REFUSED, at: new Date() }, new Date())
  expect(await stateOf(PERSON)).toBeNull()
  expect(await senders().remove(caller, { server: SERVER_ID, address: PERSON })).toEqual({
    ok: false,
    error: { kind: 'gone' },
  })
  expect((await audits('sender.remove')).map(({ result }) => result)).toEqual(['done'])
})

test('the commands for the permission contain this organisation’s values, each as one argument of PowerShell', async () => {
  const address = "o'brien@contoso.example"
  await add(address)
  const lines = async () => {
    const one = await senders().one(SERVER_ID, address)
    return one ? senders().permission(one, SERVER_ID, 'en') : []
  }
  expect(await lines()).toContain(
    `Add-RecipientPermission -Identity 'o''brien@contoso.example' -Trustee '${MAIN}' -AccessRights SendAs -Confirm:$false`,
  )
  await setWay(address, 'login')
  const login = await lines()
  expect(login).toContain(
    "Add-MailboxPermission -Identity 'o''brien@contoso.example' -User $sp.Sid -AccessRights FullAccess",
  )
  expect(login).toContain(
    "Set-CASMailbox -Identity 'o''brien@contoso.example' -SmtpClientAuthenticationDisabled $false",
  )
  expect(login.join('\n')).toContain(world.simulator.ready.clientId)
})

test('individual senders can be allowed on page and rule only once one is verified, stay allowed later, and are used only while verified', async () => {
  const ticked = { allowIndividualSenders: 'on' }
  await expect(world.saveServer(ticked)).rejects.toThrow('none-verified')
  const { rules } = world.services
  const people = { ...RULE, senders: 'contoso.example' }
  const save = async (...fields: RuleFields[]) => {
    const { number } = await rules.view()
    const saved = await rules.save(caller, { number, fields: { rules: fields, otherwise: 'allow' } })
    if (saved.ok) return 'saved'
    return saved.error.kind === 'invalid'
      ? saved.error.validationErrors.map(({ rule, field }) => [rule, field])
      : 'conflict'
  }
  expect(await save(people)).toEqual([['people', 'individual']])
  expect((await rules.preview({ rules: [{ ...people, name: '' }], otherwise: 'allow' })).coverage).toEqual({
    people: false,
  })
  expect((await rules.view()).servers.map(({ covered }) => covered)).toEqual([false])

  await add(PERSON)
  await world.change('grant-send-as', { mailbox: PERSON })
  expect(await verify(PERSON)).toBe('accepted')
  expect((await world.services.mailServer.view()).individualPossible).toBe(true)
  expect((await page()).unused).toBe('page-forbids')
  await world.saveServer(ticked)
  expect((await page()).unused).toBe('no-rule')
  expect(await save({ ...people, senders: 'fabrikam.example' })).toEqual([['people', 'individual']])
  expect(await save({ ...people, senderAddress: PERSON })).toEqual([['people', 'individual']])
  expect(await save(people)).toBe('saved')
  expect((await page()).unused).toBeNull()
  expect((await rules.view()).coverage).toEqual({ people: true })
  expect((await rules.view()).findings).toEqual([])
  const leaves = async (originator: string) => {
    const tried = await rules.simulate({ originator, recipients: TO, fields: null })
    if (!tried.ok) throw new Error(tried.error.kind)
    return tried.value.map(({ identity }) => [identity?.from.address, identity?.replyTo?.address, identity?.note])
  }
  expect(await leaves(PERSON)).toEqual([[PERSON, undefined, null]])
  expect(await leaves(ROLE)).toEqual([[MAIN, ROLE, 'not-verified']])

  // With another application nothing is verified any more. Both settings stay as they are and show it.
  await world.saveServer({ ...ticked, clientId: '9e8d7c6b-5a49-4838-9271-605f4e3d2c1b' })
  expect(await leaves(PERSON)).toEqual([[MAIN, PERSON, 'not-verified']])
  expect(await save({ ...people, name: 'Staff' })).toBe('saved')
  expect((await rules.view()).findings.map(({ kind, because }) => [kind, because])).toEqual([
    ['individual-impossible', 'not-verified'],
  ])
  expect(await save({ ...people, individual: false })).toBe('saved')
  expect(await save(people)).toEqual([['people', 'individual']])
  await world.saveServer({ allowIndividualSenders: undefined })
})
