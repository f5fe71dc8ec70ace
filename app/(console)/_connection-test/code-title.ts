import type { Translator } from '@/lib/i18n/translations'

/** What a code is called, in the reader's language; the stored report has it in the tester's. Null where it needs the report's facts. */
export function codeTitle(code: string | null, diagnosis: Translator<'diagnosis'>): string | null {
  const key = `codes.${code}.title`
  const title = diagnosis.has(key) ? diagnosis.raw(key) : null
  return typeof title === 'string' && !title.includes('{') ? title : null
}
