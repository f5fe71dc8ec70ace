import { renderToStaticMarkup } from 'react-dom/server'
import { expect, test } from 'vitest'
import { Answer } from './answer'

test.each([
  ['The client secret has expired', 'The client secret has expired.'],
  ['Nothing is due.', 'Nothing is due.'],
  ['Which sender?', 'Which sender?'],
])('an answer is a sentence: %s', (title, sentence) => {
  expect(renderToStaticMarkup(<Answer tone="bad" title={title} />)).toContain(`>${sentence}</p>`)
})

test('an answer never breaks a line within “E-Mail”', () => {
  expect(renderToStaticMarkup(<Answer tone="bad" title="Noch kann keine E-Mail gesendet werden" />)).toContain(
    '>Noch kann keine <span class="whitespace-nowrap">E-Mail</span> gesendet werden.</p>',
  )
})
