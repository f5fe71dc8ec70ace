import { type EditableField, parseDay } from '@/lib/credentials/edit'
import type { Translator } from '@/lib/i18n/translations'

/** A field's text in one line, a date as people write it. */
export function fieldText(field: EditableField, text: string, t: Translator<'credentials'>): string {
  const day = parseDay(text)
  return field === 'validUntil' && day.ok && day.value ? t.date(day.value) : linesOf(text).join(' / ')
}

const linesOf = (text: string): string[] =>
  text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '')

/** That another person has saved fields since their form was opened: what is stored in each, and what the reader entered. */
export const replacedText = (
  fields: readonly { label: string; stored: string }[],
  typed: string,
  t: Translator<'credentials'>,
): string =>
  [
    ...fields.map(({ label, stored }) =>
      stored ? t('fault.replaced.stored', { label, stored }) : t('fault.replaced.emptied', { label }),
    ),
    typed ? t('fault.replaced.typed', { typed }) : t('fault.replaced.empty'),
  ].join(' ')
