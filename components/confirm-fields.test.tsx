import { renderToStaticMarkup } from 'react-dom/server'
import { expect, test } from 'vitest'
import { type Confirmation, ConfirmFields } from './confirm-fields'

const confirmation: Confirmation = {
  title: 'Confirm',
  text: 'Nothing was changed yet.',
  isWrong: false,
  username: 'a@b.example',
  password: 'Current password',
  code: { label: 'Code', hint: 'Six digits.' },
}

const htmlOf = (of: Confirmation) => renderToStaticMarkup(<ConfirmFields confirmation={of}>{null}</ConfirmFields>)

test('the field for the password, which takes the focus, is described by why it is asked for', () => {
  const html = htmlOf(confirmation)
  const [, id] = /<p id="([^"]+)">Nothing was changed yet\.<\/p>/.exec(html) ?? []
  expect(id).toBeTruthy()
  expect(html).toMatch(
    new RegExp(`aria-describedby="${id}"[^>]*type="password"|type="password"[^>]*aria-describedby="${id}"`),
  )
})

test.each([
  ['confirmPassword', 'Current password: incorrect'],
  ['confirmCode', 'Code: incorrect'],
])('%s alone is marked when it was wrong, and is described by what was wrong', (name, said) => {
  const html = htmlOf({ ...confirmation, isWrong: true, errors: { [name]: said } })
  const [, id] = new RegExp(`<p id="([^"]+)"[^>]*>(?:(?!</p>).)*${said}`).exec(html) ?? []
  expect(id).toBeTruthy()
  const wrong = html.match(/<input[^>]*aria-invalid="true"[^>]*>/g)
  expect(wrong).toEqual([expect.stringMatching(new RegExp(`aria-describedby="${id} .*name="${name}"`))])
})
