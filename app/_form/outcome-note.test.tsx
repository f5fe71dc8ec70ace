import { renderToStaticMarkup } from 'react-dom/server'
import { expect, test } from 'vitest'
import { refused } from './outcome'
import { OutcomeNote } from './outcome-note'

test('the note of a refused form does not repeat what a field says', () => {
  const said = (errors: Record<string, string>) =>
    renderToStaticMarkup(<OutcomeNote outcome={refused('Name: missing', { errors })} />)
  expect(said({ name: 'Name: missing' })).toBe('')
  expect(said({})).toContain('Name: missing')
})
