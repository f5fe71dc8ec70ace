import type { ReactNode } from 'react'
import { createTranslator } from 'use-intl/core'
import deActivity from '../../messages/de/activity.json'
import deCalendar from '../../messages/de/calendar.json'
import deCredentials from '../../messages/de/credentials.json'
import deDiagnosis from '../../messages/de/diagnosis.json'
import deHelp from '../../messages/de/help.json'
import deInventory from '../../messages/de/inventory.json'
import deMailServer from '../../messages/de/mail-server.json'
import deMessages from '../../messages/de/messages.json'
import deOverview from '../../messages/de/overview.json'
import dePeople from '../../messages/de/people.json'
import dePolicy from '../../messages/de/policy.json'
import deReminders from '../../messages/de/reminders.json'
import deSenders from '../../messages/de/senders.json'
import deSetUp from '../../messages/de/set-up.json'
import deShell from '../../messages/de/shell.json'
import deValidation from '../../messages/de/validation.json'
import enActivity from '../../messages/en/activity.json'
import enCalendar from '../../messages/en/calendar.json'
import enCredentials from '../../messages/en/credentials.json'
import enDiagnosis from '../../messages/en/diagnosis.json'
import enHelp from '../../messages/en/help.json'
import enInventory from '../../messages/en/inventory.json'
import enMailServer from '../../messages/en/mail-server.json'
import enMessages from '../../messages/en/messages.json'
import enOverview from '../../messages/en/overview.json'
import enPeople from '../../messages/en/people.json'
import enPolicy from '../../messages/en/policy.json'
import enReminders from '../../messages/en/reminders.json'
import enSenders from '../../messages/en/senders.json'
import enSetUp from '../../messages/en/set-up.json'
import enShell from '../../messages/en/shell.json'
import enValidation from '../../messages/en/validation.json'
import type { Locale } from './locale'

/** Each room that speaks to people has its own file of words, once for each language, with the same keys (words.test.ts). */
export const NAMESPACES = [
  'shell',
  'mail-server',
  'diagnosis',
  'help',
  'validation',
  'people',
  'activity',
  'policy',
  'senders',
  'set-up',
  'inventory',
  'calendar',
  'reminders',
  'credentials',
  'messages',
  'overview',
] as const
export type Namespace = (typeof NAMESPACES)[number]

type Messages = { [key: string]: string | string[] | Messages }

export const MESSAGES: Record<Locale, Record<Namespace, Messages>> = {
  en: {
    shell: enShell,
    'mail-server': enMailServer,
    diagnosis: enDiagnosis,
    help: enHelp,
    validation: enValidation,
    overview: enOverview,
    people: enPeople,
    activity: enActivity,
    'set-up': enSetUp,
    inventory: enInventory,
    calendar: enCalendar,
    policy: enPolicy,
    senders: enSenders,
    reminders: enReminders,
    credentials: enCredentials,
    messages: enMessages,
  },
  de: {
    shell: deShell,
    'mail-server': deMailServer,
    diagnosis: deDiagnosis,
    help: deHelp,
    validation: deValidation,
    overview: deOverview,
    people: dePeople,
    activity: deActivity,
    'set-up': deSetUp,
    inventory: deInventory,
    calendar: deCalendar,
    policy: dePolicy,
    senders: deSenders,
    reminders: deReminders,
    credentials: deCredentials,
    messages: deMessages,
  },
}

export type TranslationValues = Record<string, string | number | Date>

/** Looks words up by dotted key and fills in ICU arguments. */
export interface Translator {
  (key: string, values?: TranslationValues): string
  /** As the call, with `<tag>` in the text rendered by the function of that name. */
  rich(key: string, values: Record<string, string | number | Date | ((chunks: ReactNode) => ReactNode)>): ReactNode
  /** The text, list or branch as it stands in the file, unformatted. */
  raw(key: string): unknown
  has(key: string): boolean
}

const made = new Map<string, Translator>()

/** The words of one room in one language, for code outside a request (command line, worker, tests). A missing key is a bug and throws. */
export function translatorFor(locale: Locale, namespace: Namespace): Translator {
  const id = `${locale}/${namespace}`
  const known = made.get(id)
  if (known) return known
  const words = createTranslator<Record<string, Messages>>({
    locale,
    messages: MESSAGES[locale][namespace] as Record<string, Messages>,
    timeZone: 'UTC',
    onError: (error) => {
      throw new Error(`messages/${id}.json: ${error.message}`, { cause: error })
    },
  }) as unknown as Translator
  const own = Object.assign(words, { has: (key: string) => isOwn(MESSAGES[locale][namespace], key.split('.')) })
  made.set(id, own)
  return own
}

/** The translator would also find what every object inherits, such as `__proto__`, and then fail on it. */
function isOwn(messages: unknown, path: readonly string[]): boolean {
  let found = messages
  for (const step of path) {
    if (typeof found !== 'object' || found === null || !Object.hasOwn(found, step)) return false
    found = (found as Record<string, unknown>)[step]
  }
  return true
}
