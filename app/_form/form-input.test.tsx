import { renderToStaticMarkup } from 'react-dom/server'
import { expect, test } from 'vitest'
import { FormInput, FormSelect, Refusal } from './form-input'

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
