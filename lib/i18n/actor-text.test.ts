import { expect, test } from 'vitest'
import { actorName } from '../kernel'
import { translatorFor } from './translations'

test('a user at a shell is named in the reader’s language, and every other actor as stored', () => {
  const stored = actorName({ kind: 'command-line', user: 'root' })
  const german = translatorFor('de', 'shell')
  expect(translatorFor('en', 'shell').actor(stored)).toBe('root (command line)')
  expect(german.actor(stored)).toBe('root (Befehlszeile)')
  expect(german.actor('admin@contoso.example')).toBe('admin@contoso.example')
})
