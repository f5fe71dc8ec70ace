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

test.each([
  ['Sends as team-lead@contoso.example', 'Sends as ', 'team-lead<wbr/>@contoso.example.'],
  ['A follow-up by a@b.example', 'A follow-up by ', 'a<wbr/>@b.example.'],
  ['Sends as a@mail.contoso.example', 'Sends as ', 'a<wbr/>@mail.<wbr/>contoso.<wbr/>example.'],
  ['Asks as c0de57a3-90ab-4f0e-8a47-6f1f5b7d2e91', 'Asks as ', 'c0de57a3-90ab-4f0e-8a47-6f1f5b7d2e91.'],
])(
  'an answer breaks no line at a hyphen of an address or an ID, but an address before its @, and a long domain after a dot: %s',
  (text, before, address) => {
    const html = `${before}<span class="inline-block max-w-full"><bdi>${address}</bdi></span>`
    expect(renderToStaticMarkup(<Answer tone="bad" title={text} />)).toContain(html)
    expect(renderToStaticMarkup(<Answer tone="bad" title="" detail={`${text}.`} />)).toContain(html)
  },
)

test('an answer never breaks a line within “E-Mail”', () => {
  expect(renderToStaticMarkup(<Answer tone="bad" title="Noch kann keine E-Mail gesendet werden" />)).toContain(
    '>Noch kann keine <span class="inline-block max-w-full">E-Mail</span> gesendet werden.</p>',
  )
})

test('a number in an answer is on one line with what it counts', () => {
  const html = renderToStaticMarkup(<Answer tone="bad" title="20 devices in 7 days" detail="4 have, 1 has not." />)
  expect(html).toContain('>20\u00a0devices in 7\u00a0days.</p>')
  expect(html).toContain('>4\u00a0have, 1\u00a0has not.</div>')
})
