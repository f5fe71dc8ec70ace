import type { Translator } from '@/lib/i18n/translations'
import type { MessageRow } from '@/lib/outbox/ports'

/** A later version's rows may name what this one has no word for. */
export const known = (t: Translator, key: string): string | null => (t.has(key) ? t(key) : null)

/** Why it is held or failed: a word of the outbox, or the title of a diagnosis. */
export const reasonText = (reason: string, t: Translator, diagnosis: Translator): string =>
  known(t, `reason.${reason}`) ?? known(diagnosis, `codes.${reason}.title`) ?? reason

export const sourceText = ({ source }: Pick<MessageRow, 'source'>, t: Translator): string =>
  known(t, `source.${source}`) ?? source
