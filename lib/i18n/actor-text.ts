import type { Locale } from './locale'
import { translatorFor } from './translations'

/** The form in which `actorName` stores a user at a shell. */
const AT_A_SHELL = /^(.+) \(command line\)$/

/** A stored name of an actor, in the reader's language. */
export function actorText(name: string, locale: Locale): string {
  const user = AT_A_SHELL.exec(name)?.[1]
  return user === undefined ? name : translatorFor(locale, 'activity')('row.commandLine', { user })
}
