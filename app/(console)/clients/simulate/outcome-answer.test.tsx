import { renderToStaticMarkup } from 'react-dom/server'
import { expect, test } from 'vitest'
import { translatorFor } from '@/lib/i18n/translations'
import type { Client } from '@/lib/submission/client'
import { learningName } from '@/lib/submission/client-name'
import { OutcomeAnswer } from './outcome-answer'

const TYPED = { address: '192.0.2.9', login: '', sender: 'scanner@contoso.example' }

test.each([
  [true, null, true],
  [false, null, false],
  [true, { id: 'ce72b000', name: 'Scanner' } as Client, false],
])('a rejected address of no client leads a person who may add clients to the form for it', (mayAdd, client, leads) => {
  const refusal = { code: 'network-not-allowed', params: { address: TYPED.address } } as const
  const html = renderToStaticMarkup(
    <OutcomeAnswer
      outcome={{ client, refusal, sender: TYPED.sender, recipients: [] }}
      typed={TYPED}
      mayAdd={mayAdd}
      t={translatorFor('en', 'clients')}
      submission={translatorFor('en', 'submission')}
    />,
  )
  expect(html.includes('href="/clients/add?way=network&amp;name=192.0.2.9')).toBe(leads)
})

test('a user name that no client has leads to the form for a client with a password', () => {
  const html = renderToStaticMarkup(
    <OutcomeAnswer
      outcome={{ client: null, refusal: { code: 'login-wrong', params: {} }, sender: TYPED.sender, recipients: [] }}
      typed={{ ...TYPED, login: 'Printer 3' }}
      mayAdd
      t={translatorFor('en', 'clients')}
      submission={translatorFor('en', 'submission')}
    />,
  )
  expect(html).toContain('href="/clients/add?way=login&amp;name=192.0.2.9')
})

test.each([
  ['a client', 'Scanner', null, 'href="/clients/ce72b000"', '>Client Scanner<'],
  ['learning mode', learningName('ce72b000'), new Date(), 'href="/clients/learning"', '>Learning mode<'],
])('the device is recognised as %s, which has a link', (_, name, learningUntil, ...link) => {
  const recipients = [{ address: 'anna@fabrikam.example', refusal: null }]
  const client = { id: 'ce72b000', name, learningUntil } as Client
  const html = renderToStaticMarkup(
    <OutcomeAnswer
      outcome={{ client, refusal: null, sender: 'scanner@contoso.example', recipients }}
      typed={TYPED}
      mayAdd
      t={translatorFor('en', 'clients')}
      submission={translatorFor('en', 'submission')}
    />,
  )
  for (const part of link) expect(html).toContain(part)
})
