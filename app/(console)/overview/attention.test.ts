import { expect, test } from 'vitest'
import type { Warning } from '@/lib/credentials/reminders/warnings'
import { translatorFor } from '@/lib/i18n/translations'
import type { Channel } from '@/lib/notifications/store/channel-rows'
import { aCredential, anApiKey } from '@/tests/support/credential'
import { processorMs } from '@/tests/support/processor-time'
import {
  type Attention,
  type AttentionFacts,
  attentionOf,
  boundedOf,
  deliveryOf,
  deliveryText,
  nothingIsSent,
  retriedText,
  type ServerFacts,
  stoppedOf,
  undatedOf,
  unremindedOf,
  upcoming,
  waitingText,
} from './attention'

const SERVER: ServerFacts = {
  mailServerId: 'first',
  name: 'Contoso mail',
  pause: null,
  failover: null,
  state: 'delivering',
  failing: null,
  isVerified: true,
  isInUse: true,
}
const CALM: AttentionFacts = {
  servers: [SERVER],
  keysSound: true,
  silent: [],
  warnings: [],
  counts: { held: 0, failed: 0 },
  unconfirmed: { count: 0, since: null },
  waitingFault: null,
  now: new Date('2026-11-26T15:01:00Z'),
  remindersGivenUp: 0,
  undated: [],
  unreminded: 0,
  use: [{ mailbox: 'noreply@contoso.example', recipientsLastDay: 7_999 }],
  alerts: [],
}
const server = (facts: Partial<ServerFacts>): ServerFacts[] => [{ ...SERVER, ...facts }]
const kinds = (facts: Partial<AttentionFacts>) => attentionOf({ ...CALM, ...facts }).map(({ kind }) => kind)
const tones = (facts: Partial<AttentionFacts>) =>
  attentionOf({ ...CALM, ...facts }).map(({ kind, tone }) => [kind, tone])
const pauseBy = (by: string, code: string | null) => ({ at: new Date(), by, code })
const warning = (state: Warning['state'], more: Partial<Warning> = {}) =>
  ({ credentialId: state, state, slot: 'current', holderId: 'first', fallbackUntil: null, ...more }) as Warning

test('shows nothing while everything works', () => {
  expect(kinds({})).toEqual([])
})

test('is never empty while a mail server in use does not simply deliver', () => {
  for (const state of ['off', 'failing', 'failover', 'fallback', 'unverified', 'expiring'] as const)
    expect(kinds({ servers: server({ state }) }), state).toHaveLength(1)
  expect(kinds({ servers: server({ state: 'unverified', isVerified: false, isInUse: false }) })).toEqual([])
})

test('lists what prevents delivery before what can wait, each once', () => {
  const all: Partial<AttentionFacts> = {
    servers: server({ state: 'failing', isVerified: false, pause: pauseBy('diagnosis', 'role-missing') }),
    silent: [{ name: 'worker', host: 'mail2', count: 1 }],
    warnings: [warning('critical'), warning('soon')],
    counts: { held: 1, failed: 1_000 },
    waitingFault: { code: 'send-as-denied', count: 3 },
    remindersGivenUp: 2,
    undated: [aCredential()],
    unreminded: 1,
    use: [{ mailbox: 'noreply@contoso.example', recipientsLastDay: 8_000 }],
  }
  expect(kinds(all)).toEqual([
    ...['paused', 'silent', 'credential', 'failed', 'reminders-given-up'],
    ...['credential', 'waiting', 'recipients', 'undated', 'unreminded', 'held'],
  ])
})

test('says that mail may be failing, verified or not, unless a mail server delivers or none sends', () => {
  const test = { state: 'failing', failing: { kind: 'test', evidenceId: 'run' } } as const
  const delivery = { state: 'failing', failing: { kind: 'delivery', evidenceId: 'message' } } as const
  const unverified = { state: 'unverified', isVerified: false } as const
  const of = (...servers: Partial<ServerFacts>[]) => deliveryOf(servers.flatMap(server))
  expect(of(test)).toBe('failing')
  expect(of({ ...unverified, ...test })).toBe('failing')
  expect(of({ ...unverified, ...delivery }, unverified)).toBe('failing')
  expect(of({ ...unverified, ...delivery })).toBe('stopped')
  expect(of(delivery, {})).toBe('delivering')
  expect(of(unverified)).toBe('unverified')
  expect(of(unverified, { ...test, isInUse: false })).toBe('unverified')
})

test('a credential that stops all mail comes before a silent listener, and one of another mail server does not', () => {
  const facts: Partial<AttentionFacts> = {
    servers: server({ state: 'failing', failing: { kind: 'credential-refused' } }),
    silent: [{ name: 'listener', host: '', count: 1 }],
  }
  expect(kinds({ ...facts, warnings: [warning('refused')] })).toEqual(['credential', 'silent'])
  const ofOther = [warning('refused', { holderId: 'other' })]
  expect(kinds({ ...facts, warnings: ofOther })).toEqual(['failing', 'silent', 'credential'])
})

test('mail may not be leaving while a worker is silent, whatever the mail servers say', () => {
  const view = { now: new Date(0), t: translatorFor('en', 'overview') }
  const silent = (name: string) => [{ kind: 'silent', pulse: { name, host: '', count: 1 }, tone: 'bad' } as const]
  expect(deliveryText(server({}), view, silent('worker'))).toBe('Mail may not be getting through.')
  expect(deliveryText(server({}), view, silent('reminders'))).toBe('Mail is being delivered.')
})

test('names the mail servers in use that send nothing while others do', () => {
  const servers = [
    ...server({}),
    ...server({ name: 'Finance', pause: pauseBy('a@contoso.example', null) }),
    ...server({ name: 'Fabrikam', pause: pauseBy('diagnosis', 'secret-expired'), failover: 'Litware' }),
    ...server({ name: 'Unused', pause: pauseBy('a@contoso.example', null), isInUse: false }),
  ]
  expect(stoppedOf(servers).map(({ name }) => name)).toEqual(['Finance'])
  expect(nothingIsSent(servers)).toBe(false)
})

test('mail is sent although a test failed, and what stops only a mail server that is not in use does not come first', () => {
  const isStoppedBy = (failing: ServerFacts['failing']) => nothingIsSent(server({ state: 'failing', failing }))
  expect(isStoppedBy({ kind: 'test', evidenceId: 'run' })).toBe(false)
  expect(isStoppedBy({ kind: 'unreadable' })).toBe(true)
  expect(nothingIsSent(server({ isInUse: false }))).toBe(false)
  const servers = [
    ...server({ state: 'off', pause: pauseBy('a@contoso.example', null), isInUse: false, mailServerId: 'other' }),
    ...server({ state: 'off', pause: pauseBy('a@contoso.example', null) }),
  ]
  const facts = { ...CALM, servers, counts: { held: 0, failed: 1 } }
  expect(attentionOf(facts).map((entry) => ('server' in entry ? entry.server.mailServerId : entry.kind))).toEqual([
    ...['first', 'failed', 'other'],
  ])
})

test('a fault and the credential that causes it are one entry, on each mail server', () => {
  const down = { state: 'failing' as const, pause: pauseBy('diagnosis', 'secret-expired') }
  const facts = {
    servers: [...server(down), ...server({ ...down, mailServerId: 'second' })],
    warnings: [warning('expired')],
  }
  expect(attentionOf({ ...CALM, ...facts })).toMatchObject([
    { kind: 'paused', server: { mailServerId: 'first' }, warning: { state: 'expired' } },
    { kind: 'paused', server: { mailServerId: 'second' }, warning: null },
  ])
})

test('mail servers that one person or one fault paused are one entry, unless another one sends for them', () => {
  const byFault = { state: 'failing' as const, pause: pauseBy('diagnosis', 'role-missing') }
  const servers = [
    ...server({ name: 'A', ...byFault }),
    ...server({ name: 'B', ...byFault }),
    ...server({ name: 'C', ...byFault, failover: 'Litware' }),
    ...server({ name: 'D', pause: pauseBy('anna@contoso.example', null) }),
    ...server({ name: 'E', pause: pauseBy('anna@contoso.example', null) }),
    ...server({ name: 'F', pause: pauseBy('bert@contoso.example', null) }),
  ]
  const names = attentionOf({ ...CALM, servers }).map((entry) => 'names' in entry && entry.names)
  expect(names).toEqual([['A', 'B'], ['C'], ['D', 'E'], ['F']])
})

test('does not report a failure twice if another entry explains it', () => {
  const failing = server({ state: 'failing', failing: { kind: 'unreadable' } })
  expect(kinds({ servers: failing })).toEqual(['failing'])
  expect(kinds({ servers: failing, warnings: [warning('refused')] })).toEqual(['credential'])
  expect(kinds({ servers: failing, keysSound: false })).toEqual(['keys'])
  const servers = server({ state: 'failing', pause: pauseBy('diagnosis', 'send-as-denied') })
  const waitingFor = (code: string) => kinds({ servers, waitingFault: { code, count: 3 } })
  expect(waitingFor('send-as-denied')).toEqual(['paused'])
  expect(waitingFor('role-missing')).toEqual(['paused', 'waiting'])
})

test('while mail is sent with the previous credential, the refused one is a warning and not a fault', () => {
  const warnings = [warning('refused', { fallbackUntil: new Date() })]
  expect(tones({ servers: server({ state: 'fallback' }), warnings })).toEqual([['credential', 'warn']])
})

test('a pause by a person is a warning, a pause after a fault is an error', () => {
  expect(tones({ servers: server({ state: 'off', pause: pauseBy('admin@contoso.example', null) }) })).toEqual([
    ['paused', 'warn'],
  ])
  expect(tones({ servers: server({ state: 'failing', pause: pauseBy('diagnosis', 'role-missing') }) })).toEqual([
    ['paused', 'bad'],
  ])
})

test('what stops all mail comes first, also a pause by a person; while another mail server sends, failed messages do', () => {
  const paused = server({ state: 'off', pause: pauseBy('admin@contoso.example', null) })
  const facts = { counts: { held: 1, failed: 3 }, warnings: [warning('critical', { holderId: 'second' })] }
  expect(kinds({ servers: paused, ...facts })).toEqual(['paused', 'credential', 'failed', 'held'])
  expect(kinds({ servers: [...paused, ...server({ mailServerId: 'second' })], ...facts })).toEqual([
    ...['credential', 'failed', 'paused', 'held'],
  ])
})

test('a failed mail server is still reported after its failover server has taken over, as a warning', () => {
  const servers = server({
    state: 'failover',
    isVerified: false,
    failover: 'Branch office',
    pause: pauseBy('diagnosis', 'secret-expired'),
  })
  expect(tones({ servers })).toEqual([['paused', 'warn']])
  expect(tones({ servers, warnings: [warning('refused')] })).toEqual([['paused', 'warn']])
  expect(tones({ servers, warnings: [warning('critical', { slot: 'next' })] })).toEqual([
    ['paused', 'warn'],
    ['credential', 'warn'],
  ])
})

test('messages that the mail server does not confirm are mentioned with the longest wait', () => {
  const unconfirmed = { count: 3, since: new Date('2026-11-26T14:56:43Z') }
  expect(attentionOf({ ...CALM, unconfirmed })).toEqual([{ kind: 'unconfirmed', tone: 'warn', count: 3, minutes: 4 }])
})

test('without a mail server nothing needs attention but the keys', () => {
  expect(kinds({ servers: [] })).toEqual([])
  expect(kinds({ servers: [], keysSound: false })).toEqual(['keys'])
})

test('R-16 a client secret in use or prepared without a date is undated, and nothing else is', () => {
  const undated = [aCredential(), aCredential({ slot: 'next' })]
  const remaining = [
    aCredential({ slot: 'previous' }),
    aCredential({ expiresAt: new Date() }),
    aCredential({ kind: 'smtp-password' }),
  ]
  expect(undatedOf([...undated, ...remaining])).toEqual(undated)
})

test('R-16 an expiry date without a channel that gets its reminders needs attention, also one of an API key, and one that is unknown', () => {
  const expiresAt = new Date('2027-06-01')
  const mail = { kind: 'mail', enabled: true, reminders: true } as const
  const channel = (more: object) =>
    ({ ...mail, id: 'c', address: 'it@contoso.example', ownerOnly: false, ...more }) as Channel
  const views = [
    aCredential({ expiresAt }),
    aCredential({ expiresAt, owners: ['it@contoso.example'] }),
    aCredential({ expiresAt, slot: 'previous' }),
    aCredential(),
    aCredential({ kind: 'smtp-password' }),
  ]
  const unreminded = (...channels: Channel[]) => unremindedOf(views, [{ owners: [], count: 1 }], channels)
  expect(unreminded()).toBe(4)
  expect(unreminded(channel({ enabled: false }), channel({ reminders: false }))).toBe(4)
  expect(unreminded(channel({ ownerOnly: true }))).toBe(3)
  expect(unreminded(channel({}))).toBe(0)
})

test('what comes up has API keys too, soonest first, and nothing that is a warning already or was replaced', () => {
  const at = (month: number) => new Date(Date.UTC(2027, month - 1, 1))
  const views = [
    aCredential({ id: 'june', expiresAt: at(6) }),
    aCredential({ id: 'soon', expiresAt: at(1), state: 'soon' }),
    aCredential({ id: 'previous', expiresAt: at(2), slot: 'previous' }),
    aCredential({ id: 'undated' }),
    anApiKey({ id: 'key', expiresAt: at(3) }),
  ]
  expect(upcoming(views).map(({ view }) => view.id)).toEqual(['key', 'june'])
})

test('of credentials, alerts and mailboxes five entries are in view, how many are left is counted, and nothing else is left out', () => {
  const servers = Array.from({ length: 20 }, (_, at) => ({
    ...SERVER,
    mailServerId: String(at),
    pause: pauseBy('admin@contoso.example', null),
  }))
  const warnings = Array.from({ length: 9 }, (_, at) =>
    warning('soon', { credentialId: String(at), holderId: 'other' }),
  )
  const entries = attentionOf({ ...CALM, servers, warnings, counts: { failed: 7, held: 3 } })
  const { inView, left } = boundedOf(entries)
  const lastFour = entries.filter(({ kind }) => kind === 'credential').slice(5)
  expect(lastFour).toHaveLength(4)
  expect(inView).toEqual(entries.filter((entry) => !lastFour.includes(entry)))
  expect(left).toEqual([{ list: 'credentials', count: 4 }])
})

test('with 2,000 keys about to expire and 20 channels what needs attention costs less than 100 ms', () => {
  const keys = Array.from({ length: 2_000 }, (_, at) => ({ owners: [String(at)], count: 1 }))
  const entries = keys.map((): Attention => ({ kind: 'credential', warning: warning('soon'), tone: 'warn' }))
  const channels = Array.from(
    { length: 20 },
    () => ({ enabled: true, reminders: true, address: null, ownerOnly: false }) as Channel,
  )
  const before = processorMs()
  expect(boundedOf(entries).inView).toHaveLength(5)
  expect(unremindedOf([], keys, channels)).toBe(0)
  expect(processorMs() - before).toBeLessThan(100)
})

test('says of many waiting messages since when the oldest waits', () => {
  const { now } = CALM
  const text = (oldestWaitsSince: Date | null, locale: 'en' | 'de') =>
    waitingText({ waiting: 2600, oldestWaitsSince }, { now, t: translatorFor(locale, 'overview') })
  const since = new Date('2026-11-26T14:05:00Z')
  expect(text(since, 'en')).toBe(' The oldest of 2,600 waiting messages has waited since 14:05.')
  expect(text(since, 'de')).toBe(' Die älteste von 2.600 wartenden Nachrichten wartet seit 14:05.')
  expect(text(new Date('2026-11-23T14:05:00Z'), 'de')).toMatch(/ wartet seit dem 23\.\u00a0Nov\., 14:05\.$/)
  expect(text(null, 'en')).toBe('')
})

test('names why messages wait that are tried again without a person', () => {
  const text = (count: number, locale: 'en' | 'de') =>
    retriedText({ code: 'server-busy', count }, { t: translatorFor(locale, 'overview') })
  expect(text(1, 'en')).toBe(' One waits for another attempt: the mail server is busy.')
  expect(text(2, 'de')).toBe(' Zwei warten auf einen weiteren Versuch: Der Mailserver ist ausgelastet.')
  expect(retriedText(null, { t: translatorFor('en', 'overview') })).toBe('')
})
