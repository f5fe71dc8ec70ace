import type { Translator } from '../i18n/translations'

/** A learning mode is stored as a client with an English name. */
const LEARNING = 'Learning mode '

export const learningName = (id: string): string => LEARNING + id.slice(0, 4)

/** The name of a client for people. That of a learning mode is in their language. */
export const clientName = (name: string, t: Translator<'submission'>): string =>
  name.startsWith(LEARNING) ? t('learning', { run: name.slice(LEARNING.length) }) : name
