import { type Locale, translatorFor } from '../i18n/translations'

/** The name of a stored fault: a diagnosis, or a reason of the outbox. The code itself if it has no name, such as one of another version. */
export const faultTitle = (code: string, locale: Locale): string =>
  translatorFor(locale, 'messages').lookUp(`reason.${code}`) ??
  translatorFor(locale, 'diagnosis').lookUp(`codes.${code}.title`) ??
  code
