import { text } from 'node:stream/consumers'
import { renderToReadableStream } from 'react-dom/server'
import { expect, test } from 'vitest'
import { RarePage } from './rare-page'

test('a page that is seen once in a while is whole HTML before any script', async () => {
  const stream = await renderToReadableStream(<RarePage title="Not here" text="Look." back="Overview" />)
  await stream.allReady
  const html = await text(stream as unknown as AsyncIterable<Uint8Array>)
  expect(html).toMatch(/id="main"[\s\S]*<h1[\s\S]*Not here[\s\S]*Look\.[\s\S]*href="\/overview"/)
})
