import { renderToStaticMarkup } from 'react-dom/server'
import { expect, test } from 'vitest'
import { translatorFor } from '@/lib/i18n/translations'
import type { Client } from '@/lib/submission/client'
import { learningName } from '@/lib/submission/client-name'
import { OutcomeAnswer } from './outcome-answer'

test.each([
  ['a client', 'Scanner', null, 'href="/clients/ce72b000"', '>Client Scanner<'],
  ['learning mode', learningName('ce72b000'), new Date(), 'href="/clients/learning"', '>Learning mode ce72<'],
])('the device is recognised as %s, which has a link', (_, name, learningUntil, ...link) => {
  const recipients = [{ address: 'anna@fabrikam.example', refusal: null }]
  const client = { id: 'ce72b000', name, learningUntil } as Client
  const html = renderToStaticMarkup(
    <OutcomeAnswer
      outcome={{ client, refusal: null, sender: 'scanner@contoso.example', recipients }}
      login=""
      t={translatorFor('en', 'clients')}
      submission={translatorFor('en', 'submission')}
    />,
  )
  for (const part of link) expect(html).toContain(part)
})
