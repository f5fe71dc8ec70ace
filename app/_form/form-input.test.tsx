import { renderToStaticMarkup } from 'react-dom/server'
import { expect, test } from 'vitest'
import { FormBoxes, FormInput, FormRadios, FormSelect, Refusal } from './form-input'

test('without scripts the browser gives the focus to a field that was refused, and to no other', () => {
  const page = (errors: Record<string, string>) =>
    renderToStaticMarkup(
      <Refusal value={{ typed: {}, errors }}>
        <FormInput name="name" label="Name" />
        <FormSelect name="about" label="About" options={[]} />
      </Refusal>,
    )
  expect(page({})).not.toContain('autofocus')
  expect(page({ about: 'About: gone' }).match(/<\w+ [^>]*autofocus/gi)).toEqual([expect.stringMatching(/^<select /)])
})

test.each([
  ['boxes', 'value="a"'],
  ['chosen', 'value="b"'],
  ['none', 'value="a"'],
])('without scripts one of a group that was refused gets the focus: %s', (group, expected) => {
  const options = ['a', 'b'].map((value) => ({ value, label: value }))
  const html = renderToStaticMarkup(
    <Refusal value={{ typed: {}, errors: { [group]: 'choose one' } }}>
      <FormBoxes name="boxes" legend="Boxes" options={options} chosen={['b']} />
      <FormRadios name="chosen" legend="Radios" options={options} defaultValue="b" />
      <FormRadios name="none" legend="Radios" options={options} defaultValue="" />
    </Refusal>,
  )
  const [focused, ...more] = html.match(/<\w+ [^>]*autofocus[^>]*>/gi) ?? []
  expect(more).toEqual([])
  expect(focused).toContain(`name="${group}"`)
  expect(focused).toContain(expected)
})
