import type { Translator } from '@/lib/i18n/translations'

/** Title of a code in the reader's language; the stored report has the tester's. Null if the title needs facts of the report. */
export function codeTitle(code: string | null, diagnosis: Translator<'diagnosis'>): string | null {
  const key = `codes.${code}.title`
  const title = diagnosis.has(key) ? diagnosis.raw(key) : null
  return typeof title === 'string' && !title.includes('{') ? title : null
}
