import type { Translator } from '@/lib/i18n/translations'
import type { MessageRow } from '@/lib/outbox/store/messages'

/** Why a message is held or failed: a reason of the outbox, or the title of a diagnosis. */
export const reasonText = (reason: string, t: Translator<'messages'>, diagnosis: Translator<'diagnosis'>): string =>
  t.lookUp(`reason.${reason}`) ?? diagnosis.lookUp(`codes.${reason}.title`) ?? reason

export const sourceText = ({ source }: Pick<MessageRow, 'source'>, t: Translator<'messages'>): string =>
  t.lookUp(`source.${source}`) ?? source
