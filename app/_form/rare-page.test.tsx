import { text } from 'node:stream/consumers'
import { renderToReadableStream } from 'react-dom/server'
import { expect, test } from 'vitest'
import { RarePage } from './rare-page'

const props = { why: 'forbidden', title: 'Not for you', text: 'Ask.', back: 'Overview' } as const

test.each([
  ['console', 'data-answer="neutral"'],
  ['entrance', 'id="main"'],
] as const)('a page that is seen once in a while is whole HTML before any script (%s)', async (place, mark) => {
  const stream = await renderToReadableStream(<RarePage {...props} place={place} />)
  await stream.allReady
  const html = await text(stream as unknown as AsyncIterable<Uint8Array>)
  expect(html).toMatch(/<h1[\s\S]*Not for you[\s\S]*Ask\.[\s\S]*href="\/overview"/)
  expect(html).toContain(mark)
})
