import { renderToStaticMarkup } from 'react-dom/server'
import { expect, test } from 'vitest'
import { TextInput } from './inputs'

test('an empty required field is not called invalid before it was found to be', () => {
  const field = (error?: string) =>
    renderToStaticMarkup(<TextInput name="email" label="Email" required error={error} />)
  expect(field()).toMatch(/required="".* aria-invalid="false"/)
  expect(field('Email: missing')).toContain('aria-invalid="true" aria-describedby="email-error"')
})

test('several faults of a field are on a line each', () => {
  const page = renderToStaticMarkup(<TextInput name="to" label="To" error={'line 1: missing\nline 2: too long.'} />)
  expect([...page.matchAll(/<span class="first-letter:uppercase">(.*?)<\/span>/g)].map(([, line]) => line)).toEqual([
    'line 1: missing',
    'line 2: too long.',
  ])
})
