import { renderToStaticMarkup } from 'react-dom/server'
import { expect, test } from 'vitest'
import type { CredentialView } from '@/lib/credentials/views'
import { translatorFor } from '@/lib/i18n/translations'
import { aCredential } from '@/tests/support/credential'
import { Credential, rowsOf, type ServerLine, ServersPart } from './servers-part'

const server = (name: string, more: Partial<ServerLine> = {}): ServerLine => ({
  mailServerId: name,
  name,
  sender: 'noreply@contoso.example',
  isExchange: true,
  isSetUp: true,
  isInUse: true,
  state: 'delivering',
  hours: [],
  use: null,
  credential: null,
  ...more,
})
const htmlOf = (servers: ServerLine[]) =>
  renderToStaticMarkup(
    <ServersPart
      {...{ servers, otherUse: [], locale: 'en' }}
      has={{ traffic: true, recipients: true, credential: true }}
      t={translatorFor('en', 'overview')}
      shell={translatorFor('en', 'shell')}
    />,
  )
const namesIn = (servers: ServerLine[]) => {
  const page = htmlOf(servers)
  const [first = '', rest = ''] = page.split('<details')
  const [, summary] = /<summary[^>]*>.*?<\/svg>([^<]+)/.exec(rest) ?? []
  if (summary) expect(rest).toContain(`<caption class="sr-only">${summary}</caption>`)
  return [first, rest].map((part) => [...part.matchAll(/<bdi>(\w+)<\/bdi>/g)].map(([, name]) => name))
}

test('many mail servers: eight are in view, what fails first, then those near a limit, the paused ones last, equal ones in the order of the list; the others are folded', () => {
  const few = [...'ABCDEFGH'].map((name) => server(name))
  const use = { mailbox: 'finance@contoso.example', recipientsLastDay: 9_999 }
  const many = [
    server('Paused', { state: 'off' }),
    ...few,
    server('Failing', { state: 'failing' }),
    server('Limit', { use }),
  ]
  expect(namesIn(many)).toEqual([
    ['Failing', 'Limit', 'A', 'B', 'C', 'D', 'E', 'F'],
    ['G', 'H', 'Paused'],
  ])
  expect(namesIn(few)).toEqual([[...'ABCDEFGH'], []])
})

test('a mail server that was added and never saved is not set up, with the way to its guide', () => {
  const page = htmlOf([server('Finance', { state: 'off', isSetUp: false, sender: '' })])
  expect(page).toContain('Not set up')
  expect(page).toContain('href="/set-up?server=Finance"')
  expect(htmlOf([server('A')])).not.toContain('/set-up')
})

test('a credential says how long it is valid or what is wrong, and a password without a date lacks none', () => {
  const text = (changes: Partial<CredentialView> | null) =>
    renderToStaticMarkup(
      <Credential credential={changes && aCredential(changes)} t={translatorFor('en', 'overview')} />,
    ).replaceAll(/<[^>]+>/g, '')
  expect(text(null)).toBe('None')
  expect(text({ state: 'date-unknown' })).toBe('Date unknown')
  expect(text({ state: 'date-unknown', kind: 'smtp-password' })).toBe('No expiry')
  expect(text({ state: 'refused', daysLeft: 20 })).toBe('Rejected')
  expect(text({ state: 'soon', daysLeft: 20 })).toBe('20 days')
  expect(text({ state: 'critical', daysLeft: -3 }), 'Entra accepts it after that date').toBe('Wrong date')
})

test('a mail server is called delivering only if messages are sent through it', () => {
  expect(htmlOf([server('Finance')])).toContain('>Delivering<')
  const unused = htmlOf([server('Branch', { isInUse: false })])
  expect(unused).toContain('>Not used<')
  expect(unused).not.toContain('Delivering')
  expect(htmlOf([server('Branch', { isInUse: false, state: 'unverified' })])).toContain('>Unverified<')
})

test('the limit of a mailbox is that of Exchange Online alone', () => {
  const use = [{ mailbox: 'noreply@contoso.example', recipientsLastDay: 12 }]
  const saved = (mailServerId: string, isExchange: boolean) => ({
    mailServerId,
    name: mailServerId,
    isExchange,
    isSetUp: true,
    isInUse: true,
    sender: 'Noreply@contoso.example',
    state: 'delivering' as const,
  })
  const rows = rowsOf([saved('Exchange', true), saved('Relay', false)], [], { use, traffic: null })
  expect(rows).toMatchObject({ servers: [{ use: use[0] }, { use: null }], otherUse: [] })
})
