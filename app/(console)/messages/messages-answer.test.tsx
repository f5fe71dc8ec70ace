import { renderToStaticMarkup } from 'react-dom/server'
import { expect, test } from 'vitest'
import { LOCALES, type Locale } from '@/lib/i18n/locale'
import { translatorFor } from '@/lib/i18n/translations'
import { MESSAGE_STATES } from '@/lib/outbox/message'
import type { FailureGroup } from '@/lib/outbox/store/failures'
import type { StateCounts } from '@/lib/outbox/store/list'
import { aheadText, queuedTitle } from './labels'
import { MessagesAnswer } from './messages-answer'
import { PauseParts } from './pause-part'
import { pauseText, sinceText } from './pause-text'
import { doneBy, readMessagesRequest } from './query'

const NOW = new Date('2026-11-30T09:00:00Z')
const group = (count: number) => ({ count }) as FailureGroup
type Facts = Partial<Parameters<typeof MessagesAnswer>[0]> & { of?: Partial<StateCounts>; locale?: Locale }

function answer({ of = {}, locale = 'en', ...facts }: Facts): string {
  const none = Object.fromEntries(MESSAGE_STATES.map((state) => [state, 0])) as StateCounts
  const html = renderToStaticMarkup(
    <MessagesAnswer
      request={readMessagesRequest({}, NOW)}
      counts={{ ...none, ...of }}
      {...{
        matches: null,
        groups: [],
        waitingFaults: [],
        pauses: [],
        isSetUp: true,
        older: 0,
        unconfirmed: { count: 0, since: null },
      }}
      {...{ now: NOW, t: translatorFor(locale, 'messages') }}
      {...facts}
    />,
  )
  return html
    .replaceAll(/<svg.*?<\/svg>/g, '')
    .replaceAll(/<[^>]+>/g, ' ')
    .replaceAll(/\s+/g, ' ')
    .trim()
}

test('failures come first, with how many share a cause', () => {
  const of = { failed: 14, delivered: 1_470, queued: 3 }
  expect(answer({ of, groups: [group(12), group(2)] })).toBe(
    '14 messages failed since yesterday. 12 of them for the same reason. 1,470 were accepted; three are waiting.',
  )
  expect(answer({ of, groups: [group(14)], locale: 'de' })).toBe(
    'Seit gestern sind 14 Nachrichten fehlgeschlagen. Alle aus demselben Grund. 1.470 wurden angenommen; drei warten.',
  )
})

test('what waits after a failed attempt is named by its most frequent fault, which leads to the list of it', () => {
  const denied = (count: number) => ({ code: 'send-as-denied', count })
  const waits = (queued: number, ...waitingFaults: ReturnType<typeof denied>[]) =>
    answer({ of: { queued }, waitingFaults })
  expect(waits(3)).toBe('Three messages are waiting. Nothing failed.')
  expect(waits(1, denied(1))).toBe(
    'One message is waiting. It waits after a failed attempt: not allowed to send as this sender. Show 1',
  )
  expect(waits(3, denied(3))).toMatch(/All of them wait after a failed attempt: .* Show 3$/)
  expect(waits(4, denied(2), { code: 'server-busy', count: 1 })).toMatch(/ Two of them wait after .* Show 2$/)
  const request = readMessagesRequest({ fault: 'send-as-denied' }, NOW)
  expect(answer({ of: { queued: 3 }, waitingFaults: [denied(3)], request })).not.toContain('Show')
})

const pause = {
  mailServerId: 'first',
  name: 'Finance',
  isNamed: false,
  by: 'diagnosis',
  code: 'secret-expired',
  at: NOW,
  remedy: { title: 'The client secret has expired', cause: '', steps: [], commands: [], portal: null },
}

test('a pause without a failover server comes before failures, and a failover server that sends does not', () => {
  expect(answer({ of: { failed: 1 }, pauses: [{ ...pause, failover: null }] })).toMatch(
    /^Delivery is paused: the client secret has expired\. .*Waiting does not use up attempts\./,
  )
  expect(answer({ of: { failed: 1 }, pauses: [{ ...pause, failover: 'Relay' }] })).toMatch(/^One message failed/)
  const numbered = { ...pause, name: 'Newsletter 10,000', isNamed: true, failover: null }
  expect(answer({ of: { held: 10_000 }, pauses: [numbered] })).toMatch(
    /^Delivery through Newsletter 10,000 is paused: .* 10,000\+ messages are held\.$/,
  )
})

test.each(LOCALES)('a mail server is named whatever its name is (%s)', (locale) => {
  const t = translatorFor(locale, 'messages')
  for (const name of ['none', 'no', 'other', 'diagnosis'])
    for (const about of [{}, { failover: 'Relay' }, { code: null }]) {
      const isNamed = { ...pause, failover: null, ...about, name, isNamed: true }
      expect(pauseText(isNamed, t).title).toContain(name)
      expect(sinceText({ ...isNamed, code: null, by: name }, t)).toContain(name)
    }
})

test('several mail servers of which the same is said share one sentence and one panel, in which each is resumed', () => {
  const t = translatorFor('en', 'messages')
  const remedy = { ...pause.remedy, steps: ['Create a new secret.'] }
  const paused = (id: string, about = {}) => ({
    ...pause,
    mailServerId: id,
    name: id,
    isNamed: true,
    failover: null,
    remedy,
    ...about,
  })
  const panels = (...pauses: ReturnType<typeof paused>[]) =>
    renderToStaticMarkup(<PauseParts {...{ pauses, failed: 0, mayChange: false, back: '', t }} />)
  const three = [paused('A'), paused('B', { at: new Date(NOW.getTime() - 60_000) }), paused('C')]
  expect(answer({ pauses: three })).toMatch(
    /^Delivery through three mail servers is paused: the client secret has expired\./,
  )
  expect(panels(...three).match(/Create a new secret|<h2|<li/g)).toHaveLength(1 + 1 + 1 + 3)
  expect(panels(...three)).toMatch(/<bdi[^>]*>B<\/bdi>.*08:59/)
  expect(panels(...three)).not.toContain('<details')
  // What differs is folded, so that the list stays in sight.
  const [a, b] = panels(paused('A'), paused('B', { remedy: { ...remedy, steps: ['Another one.'] } })).split(
    /(?<=.)(?=<section)/,
  )
  expect(a).toMatch(/<h2[^>]*>A<.*<details.*What to do.*Create a new secret/)
  expect(b).toMatch(/<h2[^>]*>Delivery through B is paused: .*<details.*What to do.*Another one/)
  expect(panels(paused('A'), paused('B', { failover: 'Relay' })).match(/<h2/g)).toHaveLength(2)
  const byPerson = ['A', 'B'].map((id) => ({ ...paused(id), by: 'anna@contoso.example', code: null, remedy: null }))
  expect(answer({ pauses: byPerson })).toMatch(
    /^Delivery through two mail servers is paused\. New messages are still accepted/,
  )
  expect(
    renderToStaticMarkup(<PauseParts {...{ pauses: byPerson, failed: 0, mayChange: false, back: '', t }} />),
  ).toMatch(/Paused mail servers.*A<.*By anna@contoso\.example, since .*B</)
})

test('what to do about a pause says why it is paused where the answer is about failed messages instead', () => {
  const parts = (failover: string | null, failed: number) =>
    renderToStaticMarkup(
      <PauseParts
        {...{
          pauses: [{ ...pause, failover }],
          failed,
          mayChange: false,
          back: '',
          t: translatorFor('en', 'messages'),
        }}
      />,
    )
  expect(parts('Relay', 1)).toContain('Relay is sending: the client secret has expired.')
  expect(parts('Relay', 0)).not.toContain('is sending')
  expect(parts(null, 1)).not.toContain('is paused')
  expect(parts(null, 1)).toMatch(/href="\/mail-server\/first"[^>]*>Open the mail server/)
})

test('what waits, what was accepted, and earlier failures are said when nothing failed', () => {
  expect(answer({ of: { delivered: 3, queued: 1 } })).toMatch(
    /^One message is waiting\. Nothing failed\. Three messages were accepted\./,
  )
  expect(answer({ of: { delivered: 1_493 } })).toBe('Everything was accepted. 1,493 messages since yesterday.')
  expect(answer({ of: { delivered: 1 }, older: 2 })).toContain('Two earlier messages failed and need attention.')
  expect(answer({ of: { delivered: 1 }, older: 10_000 })).toContain('10,000+ earlier messages failed')
  expect(answer({ of: { delivered: 3, held: 2 } })).toBe(
    'Two messages are held. Nothing failed. Three messages were accepted.',
  )
  expect(answer({ of: { queued: 1, held: 2 } })).toMatch(/^One message is waiting\..* Two messages are held\.$/)
  expect(answer({})).toBe('Nothing has been sent since yesterday.')
})

test('a search says how many messages it finds, unless the list says that there are none, and with other filters the answer says that only their messages are counted', () => {
  const search = readMessagesRequest({ text: 'invoice' }, NOW)
  const matching = (count: number, countShown = `${count}`) =>
    answer({ request: search, matches: { count, countShown }, of: { failed: 3, held: 4, delivered: 9 } })
  expect([matching(2), matching(1), matching(26, '25+'), matching(0)]).toEqual([
    'Two messages match these filters.',
    'One message matches these filters.',
    '25+ messages match these filters.',
    '',
  ])
  const of = { delivered: 4 }
  const filtered = (params: Record<string, string>, facts: Facts = { of }) =>
    answer({ request: readMessagesRequest(params, NOW), ...facts })
  expect(filtered({ sender: 'noreply@contoso.example' })).toBe(
    'Everything was accepted. Four messages since yesterday. Only messages that match the filters are counted.',
  )
  // The state is no condition of what is counted.
  expect(filtered({ view: 'failed' })).toBe('Everything was accepted. Four messages since yesterday.')
  const range = { time: 'range', from: '2026-11-29', fromTime: '10:14' }
  expect(filtered(range)).toMatch(/^Everything was accepted. Four messages in the chosen period. Only messages/)
  expect(filtered(range, { of: { failed: 2, held: 1 }, locale: 'de' })).toMatch(
    /^Aus dem gewählten Zeitraum sind zwei Nachrichten fehlgeschlagen. .* zurückgehalten. Es werden nur Nachrichten gezählt/,
  )
  expect(filtered(range, { of: { declined: 1 } })).toMatch(/^Nothing from the chosen period was sent. Only/)
  // As after the failed messages of a fault were all sent again: other messages may have been sent.
  expect(filtered({ view: 'failed', fault: 'recipient-not-found' }, {})).toBe('')
})

test('what is counted or changed only up to a number is not said to be all', () => {
  expect(answer({ of: { failed: 10_000 }, groups: [group(990), group(10)] })).toContain(
    ' 990+ of them for the same reason.',
  )
  expect(answer({ of: { delivered: 10_000 } })).toBe('Everything was accepted. 10,000+ messages since yesterday.')
  const of = { failed: 10_000, delivered: 9_999, queued: 10_000, sending: 3, held: 10_000 }
  expect(answer({ of, locale: 'de' })).toBe(
    'Seit gestern sind 10.000+ Nachrichten fehlgeschlagen. 9.999 wurden angenommen; 10.000+ warten. 10.000+ Nachrichten werden zurückgehalten.',
  )
  expect([doneBy('release', 10_000), doneBy('release', 9_999), doneBy('try-now', 10_000)]).toEqual([
    ...['release most', 'release', 'try-now'],
  ])
  expect([doneBy('release', 0), doneBy(null, 1)]).toEqual(['none', 'none'])
})

test('without a mail server the answer says that none is set up, and not that nothing failed', () => {
  expect(answer({ of: { queued: 4 }, isSetUp: false })).toBe(
    'No mail server is set up yet. Four messages are waiting for it.',
  )
  expect(answer({ isSetUp: false })).toBe('No mail server is set up yet. Nothing can be sent until then.')
})

test('a server that is silent is mentioned with how long', () => {
  const since = new Date(NOW.getTime() - 4 * 60_000)
  expect(answer({ of: { sending: 1 }, unconfirmed: { count: 1, since } })).toContain('has had no answer for 4 minutes')
})

test('a message that is due says how many are sent before it, and how fast if that takes more than a minute', () => {
  const ahead = (count: number, isExchange = true, locale: Locale = 'en') =>
    aheadText(count, isExchange, translatorFor(locale, 'messages'))
  expect(ahead(0)).toBe('')
  expect(ahead(1)).toBe('One message is sent before it.')
  expect(ahead(30)).toBe('30 messages are sent before it. Exchange Online accepts 30 a minute from a mailbox.')
  expect(ahead(1_000, false)).toBe('1,000+ messages are sent before it.')
  expect(ahead(1_000, true, 'de')).toBe(
    'Davor werden 1.000+ Nachrichten gesendet. Exchange Online nimmt von einem Postfach 30 pro Minute an.',
  )
})

test.each([
  ['later', 1, 'Waiting: the mailbox is busy.'],
  ['now', 0, 'Waiting to be sent again.'],
])('a message that was attempted says why it waits until its next attempt is due: %s', (_, after, title) => {
  const t = translatorFor('en', 'messages')
  const dueAt = new Date(NOW.getTime() + after)
  expect(queuedTitle({ fault: 'the mailbox is busy', dueAt, now: NOW, t })).toBe(title)
  expect(queuedTitle({ fault: '', dueAt, now: NOW, t })).toBe('Waiting to be sent.')
  expect(queuedTitle({ fault: 'the mailbox is busy', dueAt: null, now: NOW, t })).toBe('Waiting to be sent.')
})
