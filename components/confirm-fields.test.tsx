import { renderToStaticMarkup } from 'react-dom/server'
import { expect, test } from 'vitest'
import { ConfirmFields } from './confirm-fields'

test('the field for the password, which takes the focus, is described by why it is asked for', () => {
  const confirmation = {
    title: 'Confirm',
    text: 'Nothing was changed yet.',
    isWrong: false,
    username: 'a@b.example',
    password: 'Current password',
    code: null,
  }
  const html = renderToStaticMarkup(<ConfirmFields confirmation={confirmation} />)
  const [, id] = /<p id="([^"]+)">Nothing was changed yet\.<\/p>/.exec(html) ?? []
  expect(id).toBeTruthy()
  expect(html).toMatch(
    new RegExp(`aria-describedby="${id}"[^>]*type="password"|type="password"[^>]*aria-describedby="${id}"`),
  )
})
