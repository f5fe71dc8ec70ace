import { renderToStaticMarkup } from 'react-dom/server'
import { expect, test } from 'vitest'
import { TextInput } from './inputs'

test('an empty required field is not called invalid before it was found to be', () => {
  const field = (error?: string) =>
    renderToStaticMarkup(<TextInput name="email" label="Email" required error={error} />)
  expect(field()).toMatch(/required="".* aria-invalid="false"/)
  expect(field('Email: missing')).toContain('aria-invalid="true" aria-describedby="email-error"')
})
