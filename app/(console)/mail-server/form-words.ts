import 'server-only'
import type { Words } from '@/lib/kernel/words'
import type { PageWords } from './page-words'

/** Both files hold the same keys (lib/kernel/words.test.ts), so the English type speaks for either. */
export function pageWords(t: Words, shell: Words): PageWords {
  const part = <Key extends keyof Omit<PageWords, 'copy'>>(key: Key) => t.raw(key) as PageWords[Key]
  return {
    form: part('form'),
    paste: part('paste'),
    conflict: part('conflict'),
    rules: part('rules'),
    test: part('test'),
    basicAuth: part('basicAuth'),
    copy: { copy: shell('copy'), copied: shell('copied') },
  }
}
