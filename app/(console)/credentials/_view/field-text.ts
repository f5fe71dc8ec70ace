import { type EditableField, parseDay } from '@/lib/credentials/edit'
import type { Translator } from '@/lib/i18n/translations'

/** A field's text, a date as people write it. */
export function fieldText(field: EditableField, text: string, t: Translator<'credentials'>): string {
  const day = parseDay(text)
  return field === 'validUntil' && day.ok && day.value ? t.date(day.value) : text
}
