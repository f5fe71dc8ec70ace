import { expect, test } from 'vitest'
import type { FailureRow } from '../store/failure-reports'
import { reportSubject, reportText, summaryText } from './text'

test('M-13 no subject of a message turns the direction of what follows it in a report', () => {
  const subject = '\u202egnp.exe\u2066'
  const baseUrl = new URL('https://console.contoso.example')
  const recipients = [{ address: 'ben@fabrikam.example', state: 'declined', code: null, reply: null }]
  const failure = { messageId: 'm', subject, acceptedAt: new Date(), at: new Date(), clientName: null, recipients }
  const failures = [failure as unknown as FailureRow]
  for (const locale of ['en', 'de'] as const) {
    const texts = [
      reportSubject(locale, subject),
      reportText(failures[0] as FailureRow, { locale, baseUrl }),
      ...summaryText(failures, locale, baseUrl).rows.flat(),
    ]
    expect(texts.filter((text) => text.includes('gnp.exe'))).toHaveLength(3)
    expect(texts.filter((text) => /[\u202a-\u202e\u2066-\u2069]/.test(text))).toEqual([])
  }
})

test('the link of a summary leads to the failed messages alone', () => {
  const failure = { messageId: 'm', subject: '', at: new Date(), clientName: null, recipients: [] }
  const { url } = summaryText([failure as unknown as FailureRow], 'en', new URL('https://console.contoso.example'))
  expect(url).toBe('https://console.contoso.example/messages?view=failed')
})

test('a summary counts each message once, and names the most frequent cause first', () => {
  const recipient = (code: string) => ({ address: 'ben@fabrikam.example', state: 'failed', code, reply: null })
  const failure = { messageId: 'm', subject: '', at: new Date(), clientName: null }
  const failures = [['message-too-large'], ['recipient-not-found', 'recipient-not-found']].map((codes) => ({
    ...failure,
    recipients: codes.map(recipient),
  })) as unknown as FailureRow[]
  const { title, rows } = summaryText(failures, 'en', new URL('https://console.contoso.example'))
  expect(title).toBe('One message not delivered')
  expect(rows.slice(0, 2).map(([, cause]) => cause)).toEqual([
    'The recipient does not exist (2 recipients)',
    'The message is too large (1 recipient)',
  ])
})
