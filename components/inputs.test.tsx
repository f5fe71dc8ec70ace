import { renderToStaticMarkup } from 'react-dom/server'
import { expect, test } from 'vitest'
import { Select } from './inputs'

const chosenOf = (defaultValue: string) =>
  /<option(?: value="[^"]*")? selected="">([^<]*)/.exec(
    renderToStaticMarkup(
      <Select
        name="cloud"
        label="Cloud"
        defaultValue={defaultValue}
        options={[{ value: 'global', label: 'Global' }]}
      />,
    ),
  )?.[1]

test('a choice shows the stored value although it is not offered any more, and no other in its place', () => {
  expect(chosenOf('global')).toBe('Global')
  expect(chosenOf('gone')).toBe('gone')
})
