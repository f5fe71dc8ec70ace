import { renderToStaticMarkup } from 'react-dom/server'
import { expect, test } from 'vitest'
import { Select } from './inputs'

/** Of several the browser shows the last. */
const chosenOf = (defaultValue: string | number) => {
  const html = renderToStaticMarkup(
    <Select
      name="cloud"
      label="Cloud"
      defaultValue={defaultValue}
      options={[
        { value: 'global', label: 'Global' },
        { value: '60', label: '60 minutes' },
      ]}
    />,
  )
  return [...html.matchAll(/<option(?: value="[^"]*")? selected="">([^<]*)/g)].map(([, text]) => text)
}

test('a choice shows the stored value although it is not offered any more, and no other in its place', () => {
  expect(chosenOf('global')).toEqual(['Global'])
  expect(chosenOf('gone')).toEqual(['gone'])
})

test('a stored number is the choice of that value', () => {
  expect(chosenOf(60)).toEqual(['60 minutes'])
})
