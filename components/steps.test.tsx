import { renderToStaticMarkup } from 'react-dom/server'
import { expect, test } from 'vitest'
import { Steps } from './steps'

test('a command or a switch in a step does not break at its hyphen', () => {
  const html = renderToStaticMarkup(<Steps steps={['Add -DelegatedOrganization to Connect-ExchangeOnline first.']} />)
  const whole = [...html.matchAll(/<span class="inline-block[^>]*>([^<]*)<\/span>/g)].map(([, text]) => text)
  expect(whole).toEqual(['-DelegatedOrganization', 'Connect-ExchangeOnline'])
  expect(html.replace(/<[^>]+>/g, '')).toContain('Add -DelegatedOrganization to Connect-ExchangeOnline first.')
})
