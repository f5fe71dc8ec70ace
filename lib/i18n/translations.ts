import type { ReactNode } from 'react'
import { createTranslator } from 'use-intl/core'
import deActivity from '../../messages/de/activity.json'
import deAlerts from '../../messages/de/alerts.json'
import deBasicAuth from '../../messages/de/basic-auth.json'
import deBrowser from '../../messages/de/browser.json'
import deCalendar from '../../messages/de/calendar.json'
import deClients from '../../messages/de/clients.json'
import deCredentials from '../../messages/de/credentials.json'
import deDevices from '../../messages/de/devices.json'
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
import deSubmission from '../../messages/de/submission.json'
import deValidation from '../../messages/de/validation.json'
import enActivity from '../../messages/en/activity.json'
import enAlerts from '../../messages/en/alerts.json'
import enBasicAuth from '../../messages/en/basic-auth.json'
import enBrowser from '../../messages/en/browser.json'
import enCalendar from '../../messages/en/calendar.json'
import enClients from '../../messages/en/clients.json'
import enCredentials from '../../messages/en/credentials.json'
import enDevices from '../../messages/en/devices.json'
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
import enSubmission from '../../messages/en/submission.json'
import enValidation from '../../messages/en/validation.json'
import type { Locale } from './locale'

const EN = {
  activity: enActivity,
  alerts: enAlerts,
  'basic-auth': enBasicAuth,
  browser: enBrowser,
  calendar: enCalendar,
  clients: enClients,
  credentials: enCredentials,
  devices: enDevices,
  diagnosis: enDiagnosis,
  help: enHelp,
  inventory: enInventory,
  'mail-server': enMailServer,
  messages: enMessages,
  overview: enOverview,
  people: enPeople,
  policy: enPolicy,
  reminders: enReminders,
  senders: enSenders,
  'set-up': enSetUp,
  shell: enShell,
  submission: enSubmission,
  validation: enValidation,
}

/** The parts of the catalogue. Each has one file for each language, with the same keys. */
export type Namespace = keyof typeof EN
export const NAMESPACES = Object.keys(EN) as Namespace[]

type Messages = { [key: string]: string | string[] | Messages }

export const MESSAGES: Record<Locale, Record<Namespace, Messages>> = {
  en: EN,
  de: {
    activity: deActivity,
    alerts: deAlerts,
    'basic-auth': deBasicAuth,
    browser: deBrowser,
    calendar: deCalendar,
    clients: deClients,
    credentials: deCredentials,
    devices: deDevices,
    diagnosis: deDiagnosis,
    help: deHelp,
    inventory: deInventory,
    'mail-server': deMailServer,
    messages: deMessages,
    overview: deOverview,
    people: dePeople,
    policy: dePolicy,
    reminders: deReminders,
    senders: deSenders,
    'set-up': deSetUp,
    shell: deShell,
    submission: deSubmission,
    validation: deValidation,
  },
}

/** The dotted keys of all texts in a part of the catalogue; a line of a list has its number as last step. */
type TextKey<T> = {
  [K in keyof T & string]: T[K] extends string ? K : T[K] extends unknown[] ? `${K}.${number}` : `${K}.${TextKey<T[K]>}`
}[keyof T & string]
type ListKey<T> = {
  [K in keyof T & string]: T[K] extends string ? never : T[K] extends unknown[] ? K : `${K}.${ListKey<T[K]>}`
}[keyof T & string]
type BranchKey<T> = {
  [K in keyof T & string]: T[K] extends string | unknown[] ? never : K | `${K}.${BranchKey<T[K]>}`
}[keyof T & string]

/** A dotted key of a text, such as `servers.title`. The English file defines them; a test compares the German one with it. */
export type MessageKey<N extends Namespace> = TextKey<(typeof EN)[N]>

/** A key without the beginning that all keys of one branch share. */
export type KeyUnder<N extends Namespace, Branch extends string> =
  MessageKey<N> extends infer Key ? (Key extends `${Branch}.${infer Rest}` ? Rest : never) : never

export type MessageListKey<N extends Namespace> = ListKey<(typeof EN)[N]>
type AnyKey<N extends Namespace> = MessageKey<N> | MessageListKey<N> | BranchKey<(typeof EN)[N]>

export type TranslationValues = Record<string, string | number | Date>

/** Looks up the texts of one namespace and fills in their ICU arguments. A key that does not exist fails to compile. */
export interface Translator<N extends Namespace> {
  (key: MessageKey<N>, values?: TranslationValues): string
  /** As the call, with `<tag>` in the text rendered by the function of that name. */
  rich(
    key: MessageKey<N>,
    values: Record<string, string | number | Date | ((chunks: ReactNode) => ReactNode)>,
  ): ReactNode
  /** The text, list or branch as it is in the file, unformatted. */
  raw(key: AnyKey<N>): unknown
  /** The lines of a list. */
  list(key: MessageListKey<N>, values?: TranslationValues): string[]
  has(key: string): key is AnyKey<N>
  /** The text of a key that comes from data, such as an address or a stored row, or null if it has none. */
  lookUp(key: string, values?: TranslationValues): string | null
}

/** What a part of a page writes its texts with. */
export interface TextContext<N extends Namespace> {
  locale: Locale
  t: Translator<N>
}

/** With the time that relative times and dates are counted from. */
export interface ViewContext<N extends Namespace> extends TextContext<N> {
  now: Date
}

type LooseTranslator = ((key: string, values?: TranslationValues) => string) & { raw(key: string): unknown }

const translators = new Map<string, unknown>()

/** No line of a page ends within "E-Mail". In a file, a mail or a terminal some programs would show the word joiner that this takes. */
const unbroken = (messages: Messages): Messages =>
  JSON.parse(JSON.stringify(messages).replaceAll('E-Mail', 'E-\u2060Mail'))

/** The texts of one namespace in one language. A missing key is a bug and throws. */
export function translatorFor<N extends Namespace>(
  locale: Locale,
  namespace: N,
  medium: 'page' | 'text' = 'text',
): Translator<N> {
  const id = `${locale}/${namespace}`
  const cacheKey = `${medium} ${id}`
  const known = translators.get(cacheKey)
  if (known) return known as Translator<N>
  const messages = medium === 'page' ? unbroken(MESSAGES[locale][namespace]) : MESSAGES[locale][namespace]
  const translate = createTranslator<Record<string, Messages>>({
    locale,
    messages: messages as Record<string, Messages>,
    timeZone: 'UTC',
    onError: (error) => {
      throw new Error(`messages/${id}.json: ${error.message}`, { cause: error })
    },
  }) as unknown as LooseTranslator
  const translator = Object.assign(translate, {
    has: (key: string) => nodeAt(messages, key.split('.')) !== undefined,
    lookUp: (key: string, values?: TranslationValues) =>
      typeof nodeAt(messages, key.split('.')) === 'string' ? translate(key, values) : null,
    list: (key: string, values?: TranslationValues) =>
      (translate.raw(key) as string[]).map((_, index) => translate(`${key}.${index}`, values)),
  })
  translators.set(cacheKey, translator)
  return translator as unknown as Translator<N>
}

/** The library also finds what every object inherits, such as `__proto__`, and then fails on it. */
function nodeAt(messages: unknown, path: readonly string[]): unknown {
  let node = messages
  for (const step of path) {
    if (typeof node !== 'object' || node === null || !Object.hasOwn(node, step)) return undefined
    node = (node as Record<string, unknown>)[step]
  }
  return node
}
