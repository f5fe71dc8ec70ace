import type { Translator } from '../i18n/translations'

/** A learning mode is stored as a client with an English name, which a part of its id ends. */
const LEARNING = 'Learning mode '

export const learningName = (id: string): string => LEARNING + id.slice(0, 4)

const LEARNING_NAME = new RegExp(`^${LEARNING}[0-9a-f]{4}$`)

/** The name of a client for people. That of a learning mode is in their language, without its id. */
export const clientName = (name: string, t: Translator<'submission'>): string =>
  LEARNING_NAME.test(name) ? t('learning') : name
