import { renderToStaticMarkup } from 'react-dom/server'
import { expect, test } from 'vitest'
import { BulkBar } from './bulk-bar'

test('without scripts a link before the list leads to the bar behind it', () => {
  const html = renderToStaticMarkup(
    <BulkBar name="Actions" chosen="# chosen" list={<table />}>
      <button type="submit">Hold</button>
    </BulkBar>,
  )
  expect(html).toMatch(/<noscript><a href="#(\w+)"[^>]*>Actions<\/a><\/noscript><table>.*<fieldset id="\1".*Hold/)
})
