import { renderToStaticMarkup } from 'react-dom/server'
import { expect, test } from 'vitest'
import { Facet } from './list-controls'

test('an address that is the value of a filter breaks before its @', () => {
  const html = renderToStaticMarkup(
    <Facet path="/" query={{}} name="sender" label="Sender" value="office@contoso.example" t={(key) => key}>
      field
    </Facet>,
  )
  expect(html).toContain('<bdi>office<wbr/>@contoso.example</bdi>')
})
