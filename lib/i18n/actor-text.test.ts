import { expect, test } from 'vitest'
import { actorName } from '../kernel'
import { actorText } from './translations'

test('a user at a shell is named in the reader’s language, and every other actor as stored', () => {
  const stored = actorName({ kind: 'command-line', user: 'root' })
  expect(actorText(stored, 'en')).toBe('root (command line)')
  expect(actorText(stored, 'de')).toBe('root (Befehlszeile)')
  expect(actorText('admin@contoso.example', 'de')).toBe('admin@contoso.example')
})
