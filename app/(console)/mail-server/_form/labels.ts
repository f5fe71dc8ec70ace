import 'server-only'
import type { PageLabels } from '@/app/(console)/_connection-test/labels'
import type { Translator } from '@/lib/i18n/translations'

/** Both catalogues have the same keys (lib/i18n/translations.test.ts), so the English type applies to either. */
export function pageLabels(t: Translator<'mail-server'>): PageLabels {
  const part = <Key extends keyof PageLabels>(key: Key) => t.raw(key) as PageLabels[Key]
  return {
    form: part('form'),
    paste: part('paste'),
    conflict: part('conflict'),
    rules: part('rules'),
    test: { ...part('test'), locale: t.locale },
    basicAuth: part('basicAuth'),
  }
}
