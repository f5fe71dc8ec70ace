import { text } from 'node:stream/consumers'
import { renderToReadableStream } from 'react-dom/server'
import { afterEach, expect, test, vi } from 'vitest'
import BrokenConsole from './global-error'

// Only a build knows fonts.
vi.mock('next/font/local', () => ({ default: () => ({ variable: 'font-of-the-console' }) }))

async function htmlOf(error: Error): Promise<string> {
  const stream = await renderToReadableStream(<BrokenConsole error={error} />)
  await stream.allReady
  return text(stream as unknown as AsyncIterable<Uint8Array>)
}

afterEach(() => vi.unstubAllGlobals())

test.each([
  ['a database that does not answer', { unavailable: 'away' }, 'The database does not answer or is read-only'],
  ['a full disk of the database', { unavailable: 'full' }, 'The disk of the database is full'],
  ['a database without memory', { unavailable: 'memory' }, 'The database is out of memory'],
  ['a database without a free connection', { unavailable: 'connections' }, 'The database has no connection left'],
  ['a lock in the database', { unavailable: 'locked' }, 'A lock in the database lasts too long'],
  ['anything else', {}, 'Something went wrong'],
])('the page in place of the console says that the cause is %s', async (_, dataset, title) => {
  vi.stubGlobal('document', { documentElement: { lang: 'en', className: '', dataset } })
  expect(await htmlOf(new Error('lost'))).toContain(`${title}</h1>`)
})

test('it has our name, font and number of the log, without the mark of its cause', async () => {
  const html = await htmlOf(Object.assign(new Error('lost'), { digest: 'away-1234567890' }))
  expect(html).toMatch(/^<!DOCTYPE html><html[^>]* class="font-of-the-console"/)
  expect(html).toMatch(
    /<header[\s\S]*>Postroom<[\s\S]*<main id="main"[\s\S]*role="alert"[\s\S]*The database does not answer/,
  )
  expect(html).toContain('>1234567890</code>')
})
