import { renderToStaticMarkup } from 'react-dom/server'
import { expect, test } from 'vitest'
import { translatorFor } from '@/lib/i18n/translations'
import { MadeUpSender, SenderToEnter } from './sender'

const textOf = (senders: string[], locale: 'en' | 'de') => {
  const props = { client: { senders }, t: translatorFor(locale, 'clients') }
  const html = renderToStaticMarkup(
    <>
      <SenderToEnter {...props} /> <MadeUpSender {...props} />
    </>,
  )
  return html.replaceAll(/<[^>]+>/g, '').trim()
}

test('a card whose client may send as a whole domain asks for an address, and says that the one in its example is none', () => {
  expect(textOf(['*@contoso.example'], 'en')).toBe(
    'An address that matches *@contoso.example Replace name@contoso.example with the address to send as.',
  )
  expect(textOf(['*@contoso.example'], 'de')).toBe(
    'Eine Adresse, auf die *@contoso.example zutrifft Ersetzen Sie name@contoso.example durch die Absenderadresse.',
  )
  expect(textOf(['mfp-*@contoso.example'], 'en')).toBe(
    'An address that matches mfp-*@contoso.example Replace mfp-name@contoso.example with the address to send as.',
  )
  expect(textOf(['*@contoso.example', 'scanner@contoso.example'], 'en')).toBe(
    '*@contoso.example, scanner@contoso.example',
  )
})
