import { renderToStaticMarkup } from 'react-dom/server'
import { afterEach, expect, test, vi } from 'vitest'
import BrokenConsole from './global-error'

afterEach(() => vi.unstubAllGlobals())

test.each([
  ['a database that does not answer', { unavailable: 'away' }, 'The database does not answer or is read-only'],
  ['a full disk of the database', { unavailable: 'full' }, 'The disk of the database is full'],
  ['a database without memory', { unavailable: 'memory' }, 'The database is out of memory'],
  ['a database without a free connection', { unavailable: 'connections' }, 'The database has no connection left'],
  ['a lock in the database', { unavailable: 'locked' }, 'A lock in the database lasts too long'],
  ['anything else', {}, 'Something went wrong'],
])('the page in place of the console says that the cause is %s', (_, dataset, title) => {
  vi.stubGlobal('document', { documentElement: { lang: 'en', className: '', dataset } })
  expect(renderToStaticMarkup(<BrokenConsole error={new Error('lost')} />)).toContain(`${title}</h1>`)
})

test('the number of the page is that of the log, without the mark of its cause', () => {
  const html = renderToStaticMarkup(
    <BrokenConsole error={Object.assign(new Error('lost'), { digest: 'away-1234567890' })} />,
  )
  expect(html).toContain('>1234567890</code>')
  expect(html).toContain('The database does not answer')
})
