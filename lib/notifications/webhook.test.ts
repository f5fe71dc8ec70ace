import { execFileSync } from 'node:child_process'
import { createHmac } from 'node:crypto'
import { existsSync, readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { aCredential } from '../../tests/support/credential'
import { itemOf, type NoticeItem, noticeOf } from '../credentials/reminders/notice'
import { Redacted } from '../kernel/redacted'
import { envelopeOf, noticeMail } from './mail'
import type { Notice } from './notice'
import type { StoredChannel } from './store/channel-rows'
import { noticeCard, noticeWebhook, VERIFY_SAMPLE } from './webhook'

const HOSTILE =
  '</td><script>alert(1)</script><img src="https://evil.example/x">[a](https://evil.example)\r\nBcc: x@evil.example\u202e'
const baseUrl = new URL('https://console.contoso.example')
const at = new Date('2027-03-01T12:00:00Z')
const url = new Redacted('https://hooks.contoso.example/canary-path-1')
const key = new Redacted('canary-signing-key-0123456789abcdef')
const credential = aCredential({
  note: HOSTILE,
  hint: '<b>',
  expiresAt: new Date('2027-03-08T12:00:00Z'),
  mailServer: { ...aCredential().mailServer, name: HOSTILE },
})
const noticeAt = (items: readonly NoticeItem[], when = at): Notice => ({
  deliveryId: 'd-1',
  at: when,
  ...noticeOf(items, when),
})
const notice = noticeAt([itemOf(credential, 7, at)])
const channel: StoredChannel = {
  id: 'ch',
  kind: 'mail',
  name: 'IT',
  address: 'it-support@contoso.example',
  origin: null,
  locale: 'en',
  enabled: true,
  reminders: true,
  ownerOnly: false,
  createdBy: 'x',
  updatedAt: at,
  lastSentAt: null,
  lastFault: null,
  messageEvents: [],
  messageClientId: null,
  sealed: null,
}
const mailOf = (notice: Notice, locale: 'en' | 'de' = 'en') => {
  const text = notice.text(locale, baseUrl)
  return noticeMail(text, 'noreply@contoso.example', envelopeOf({ ...notice, channel: { ...channel, locale } }))
}

test('M-13 a hostile name stays text in every part of the mail, and all links lead to the console', () => {
  for (const locale of ['en', 'de'] as const) {
    const mail = mailOf(notice, locale)
    expect(mail.subject).not.toMatch(/[\r\n\u202e]/)
    expect(mail.text).not.toMatch(/^Bcc/m)
    expect(mail.html).not.toMatch(/<script|<img|\u202e/)
    expect([...mail.html.matchAll(/\b(?:href|src)="([^"]*)"/g)].map(([, link]) => link)).toEqual([
      `https://console.contoso.example/credentials/${credential.id}`,
    ])
    expect(mail.messageId).toBe('<d-1@contoso.example>')
  }
})

test.each([
  ['in days', at, 7, 'Mail server: a credential expires in 7 days'],
  ['late', new Date('2027-03-09T12:00:00Z'), 7, 'Mail server: a credential has expired'],
  ['today', new Date('2027-03-08T10:00:00Z'), 7, 'Mail server: a credential expires today'],
  ['refused', at, -1, 'Mail server: Microsoft Entra rejects a credential'],
])('the subject states the situation at the time of sending: %s', (_, when, thresholdDays, subject) => {
  const own = { ...credential, mailServer: aCredential().mailServer }
  expect(mailOf(noticeAt([itemOf(own, thresholdDays, when)], when)).subject).toBe(subject)
})

test('a mail names the owner of the credential and how to replace it, and for a refused one whether mail is still sent', () => {
  const until = new Date('2027-05-01T00:00:00Z')
  const own = aCredential({ owners: ['finance@contoso.example'] })
  const text = (thresholdDays: number, changes: Partial<typeof own> = {}) =>
    mailOf(noticeAt([itemOf({ ...own, ...changes }, thresholdDays, at)])).text
  expect(text(7)).toContain('Owner: finance@contoso.example')
  expect(text(7)).toContain('add a new one, test it, then make it current')
  expect(text(-1)).toContain('sending through “Mail server” fails')
  const carried = text(-1, { carriedBy: { credentialId: 'previous', until, isDated: true } })
  expect(carried).toMatch(/Until 1 May 2027[^,]*, “Mail server” sends with the previous one/)
  expect(carried).not.toContain('fails')
})

test('a digest has a line for each reminder in every kind of channel, and fits into a card', () => {
  const items = Array.from({ length: 200 }, (_, nth) => {
    const expiresAt = new Date(Date.UTC(2027, 2, 2 + nth))
    const mailServer = { ...aCredential().mailServer, name: `Branch office ${nth}` }
    return itemOf(aCredential({ id: `c${nth}`, expiresAt, mailServer }), nth % 7 === 0 ? -1 : 60, at)
  })
  const digest = noticeAt(items)
  const mail = mailOf(digest)
  expect(mail.subject).toBe('200 credentials need attention')
  expect(mail.text).toContain('Branch office 0: Client secret, rejected by Microsoft Entra')
  expect(mail.text).toContain('Branch office 1: Client secret, expires on 3 March 2027')
  expect(mail.text).toContain('and 150 more')
  const sent = JSON.parse(noticeWebhook(digest, { url, keys: [key], baseUrl, now: at }).body ?? '')
  expect(sent).toMatchObject({ type: 'credentials.digest', credential: null, deliveryId: 'd-1' })
  expect(sent.reminders).toHaveLength(200)
  expect(sent.reminders[1]).toMatchObject({
    type: 'credential.expiring',
    thresholdDays: 60,
    credential: { id: 'c1' },
  })
  expect(Buffer.byteLength(noticeCard(digest, { url, locale: 'de', baseUrl }).body ?? '')).toBeLessThan(20_000)
})

test('a webhook signature covers the time of the attempt and the body; the delivery id stays the same', () => {
  const first = noticeWebhook(notice, { url, keys: [key], baseUrl, now: at })
  const later = noticeWebhook(notice, { url, keys: [key], baseUrl, now: new Date(at.getTime() + 600_000) })
  for (const { headers = {}, body } of [first, later]) {
    const signed = createHmac('sha256', key.reveal()).update(`${headers['postroom-timestamp']}.${body}`).digest('hex')
    expect(headers['postroom-signature']).toBe(`v1=${signed}`)
    expect(headers['postroom-delivery']).toBe('d-1')
    expect(body).not.toContain('canary')
  }
  expect(first.body).toBe(later.body)
  expect(first.headers).not.toEqual(later.headers)
  expect(JSON.parse(first.body)).toMatchObject({
    type: 'credential.expiring',
    thresholdDays: 7,
    credential: { daysLeft: 7, kind: 'client-secret' },
    url: `https://console.contoso.example/credentials/${credential.id}`,
  })
})

test('the sample on the page handles a reminder until that succeeds and then no more, and refuses what is old, altered or signed by another key', async () => {
  const { receive } = await import(`data:text/javascript,${encodeURIComponent(VERIFY_SAMPLE)}`)
  const previousKey = new Redacted('former-signing-key-0123456789abcdef')
  const sent = (deliveryId: string, keys = [key]) =>
    noticeWebhook({ ...notice, deliveryId }, { url, keys, baseUrl, now: at })
  const nowS = at.getTime() / 1000
  const handled: object[] = []
  const verify = (
    { headers, body }: ReturnType<typeof sent>,
    change: { key?: Redacted; body?: string; nowS?: number; handle?: () => void } = {},
  ) =>
    receive(
      headers,
      Buffer.from(change.body ?? body),
      (change.key ?? key).reveal(),
      change.handle ?? ((parsed: object) => handled.push(parsed)),
      change.nowS ?? nowS,
    )
  const first = sent('d-1')
  expect(await verify(first, { nowS: nowS + 301 })).toBe('refused')
  expect(await verify(first, { nowS: nowS - 301 })).toBe('refused')
  expect(await verify(first, { body: first.body.replace('"daysLeft":7', '"daysLeft":9') })).toBe('refused')
  expect(await verify(first, { key: previousKey })).toBe('refused')
  expect(await receive({}, Buffer.from(first.body), key.reveal(), () => {}, nowS)).toBe('refused')
  const fails = () => {
    throw new Error('no answer from the database')
  }
  await expect(verify(first, { handle: fails })).rejects.toThrow('no answer')
  expect(handled).toEqual([])
  expect(await verify(first)).toBe('new')
  expect(await verify(first, { nowS: nowS + 299 })).toBe('duplicate')
  const copied = { ...first, headers: { ...first.headers, 'postroom-delivery': 'other' } }
  expect(await verify(copied), 'the header of the id is not signed').toBe('duplicate')
  expect(handled).toEqual([JSON.parse(first.body)])
  const both = [key, previousKey]
  expect(await verify(sent('d-2', both))).toBe('new')
  expect(await verify(sent('d-3', both), { key: previousKey })).toBe('new')
})

/** The programs that run the samples of the document, with the line that calls them for what they read. */
const SAMPLES = [
  [
    'python',
    '/usr/bin/python3',
    '-c',
    'import json, sys\nfor h, b, k in json.load(sys.stdin): print(is_ours(h, b.encode(), k))',
  ],
  [
    'php',
    '/usr/bin/php',
    '-r',
    "foreach (json_decode(file_get_contents('php://stdin'), true) as $each) echo isOurs(...$each) ? 'True ' : 'False ';",
  ],
] as const

test.for(SAMPLES)(
  'the sample in %s of docs/reminders.md takes what is sent, and refuses what is old, altered or not signed',
  ([fence, program, option, call], { skip }) => {
    if (!existsSync(program)) skip()
    const document = readFileSync('docs/reminders.md', 'utf8')
    const text = document.split(`\`\`\`${fence}\n`)[1]?.split('```')[0]?.replace('<?php', '') ?? ''
    const previous = new Redacted('former-signing-key-0123456789abcdef')
    const sent = (now: Date) => noticeWebhook(notice, { url, keys: [previous, key], baseUrl, now })
    const { headers = {}, body } = sent(new Date())
    const own = key.reveal()
    const named = (name: (each: string) => string) =>
      Object.fromEntries(Object.entries(headers).map(([each, value]) => [name(each), value]))
    const cases = [
      // PHP’s getallheaders() writes Postroom-Timestamp on most servers.
      [named((each) => each.replace(/\b[a-z]/g, (first) => first.toUpperCase())), body, own],
      [headers, body, own],
      [headers, body, previous.reveal()],
      [headers, `${body} `, own],
      [headers, body, 'another key'],
      [sent(new Date(Date.now() - 301_000)).headers, body, own],
      [{ ...headers, 'postroom-timestamp': '\u00b2' }, body, own],
      [{ ...headers, 'postroom-signature': 'v1=\u00e9,' }, body, own],
      [{}, body, own],
    ]
    const answers = execFileSync(program, [option, `${text}\n${call}`], {
      input: JSON.stringify(cases),
      encoding: 'utf8',
    })
    expect(answers.trim().split(/\s+/)).toEqual([...Array(3).fill('True'), ...Array(cases.length - 3).fill('False')])
  },
)

test('M-13 a card for Teams is text too, and links only to the console', () => {
  const { body } = noticeCard(notice, { url, locale: 'de', baseUrl })
  const { type, attachments } = JSON.parse(body)
  expect(type).toBe('message')
  const { content } = attachments[0]
  expect(content).toMatchObject({ type: 'AdaptiveCard', version: '1.4' })
  expect(content.actions).toEqual([
    {
      type: 'Action.OpenUrl',
      title: expect.any(String),
      url: `https://console.contoso.example/credentials/${credential.id}`,
    },
  ])
  expect(content.body[0].text).toContain('\\[a\\]\\(https')
})

test('a German date in a card for Teams is not read as an item of a list', () => {
  const { body } = noticeCard(notice, { url, locale: 'de', baseUrl })
  const { facts } = JSON.parse(body).attachments[0].content.body[2]
  expect(facts).toContainEqual({ title: 'Läuft ab am', value: '8.\u00a0März 2027 um 12:00 UTC' })
})
