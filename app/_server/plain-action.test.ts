import { expect, test } from 'vitest'
import { backTo } from './plain-action'

/** The address that a redirect leads to. The framework throws it. */
function addressOf(redirect: () => unknown): unknown {
  try {
    return redirect()
  } catch (thrown) {
    return (thrown as { digest?: string }).digest?.split(';')[2]
  }
}

test('a refused button leads back to the place that its form names', () => {
  const form = new FormData()
  form.set('page', '2')
  const back = backTo((fields) => `/clients?page=${fields.get('page')}`)
  expect(addressOf(() => back('', form, 'forbidden', null))).toBe('/clients?page=2&refused=forbidden')
  expect(addressOf(() => back('', form, 'confirm', null))).toBe('/confirm?next=%2Fclients%3Fpage%3D2')
  expect(addressOf(() => backTo('/account')('', form, 'forbidden', null))).toBe('/account?refused=forbidden')
})

test('a button of a dialog leads back to the open dialog once the person has confirmed, and to the page if it is refused', () => {
  const form = new FormData()
  form.set('dialog', 'remove')
  const back = backTo('/clients/1')
  expect(addressOf(() => back('', form, 'confirm', null))).toBe('/confirm?next=%2Fclients%2F1%23remove')
  expect(addressOf(() => back('', form, 'forbidden', null))).toBe('/clients/1?refused=forbidden')
})
