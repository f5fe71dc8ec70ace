import type { Translator } from '@/lib/i18n/translations'

/** What a button came to, as the page's address brings it back. */
export function toldText({ told, count }: Record<string, string | string[] | undefined>, t: Translator): string | null {
  if (typeof told !== 'string' || !t.has(`told.${told}`)) return null
  const number = Number(count)
  return t(`told.${told}`, { count: Number.isSafeInteger(number) ? number : 0 })
}
