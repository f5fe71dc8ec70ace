import type { Translator } from '@/lib/i18n/translations'

/** What a code is called, in the reader's language; the stored report has it in the tester's. Null where it needs the report's facts. */
export function codeTitle(code: string | null, diagnosis: Translator): string | null {
  const title = code === null || !diagnosis.has(`codes.${code}.title`) ? null : diagnosis.raw(`codes.${code}.title`)
  return typeof title === 'string' && !title.includes('{') ? title : null
}
