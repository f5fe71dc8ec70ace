import type { ReactNode } from 'react'
import { createTranslator } from 'use-intl/core'
import * as de from './de'
import * as en from './en'
import { type Formats, formatsIn } from './formats'
import { formatNumber, type Locale } from './locale'

export type { Locale, LocalisedCaller } from './locale'

/** The parts of the catalogue. Each has one file for each language, with the same keys. */
export type Namespace = keyof typeof en
export const NAMESPACES = Object.keys(en) as Namespace[]

type Messages = { [key: string]: string | string[] | Messages }

export const MESSAGES: Record<Locale, Record<Namespace, Messages>> = { en, de }

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
export type MessageKey<N extends Namespace> = TextKey<(typeof en)[N]>

/** A key without the beginning that all keys of one branch share. */
export type KeyUnder<N extends Namespace, Branch extends string> =
  MessageKey<N> extends infer Key ? (Key extends `${Branch}.${infer Rest}` ? Rest : never) : never

export type MessageListKey<N extends Namespace> = ListKey<(typeof en)[N]>
type AnyKey<N extends Namespace> = MessageKey<N> | MessageListKey<N> | BranchKey<(typeof en)[N]>

export type TranslationValues = Record<string, string | number | Date>

/** The texts of one namespace with their ICU arguments filled in, and numbers and times in its language. A missing key does not compile. */
export interface Translator<N extends Namespace> extends Formats {
  (key: MessageKey<N>, values?: TranslationValues): string
  /** As the call, with `<tag>` in the text rendered by the function of that name. */
  rich(key: MessageKey<N>, values: RichValues): ReactNode
  /** The text, list or branch as it is in the file, unformatted. */
  raw(key: AnyKey<N>): unknown
  /** The lines of a list. */
  list(key: MessageListKey<N>, values?: TranslationValues): string[]
  has(key: string): key is AnyKey<N>
  /** The text of a key that comes from data, such as an address or a stored row, or null if it has none. */
  lookUp(key: string, values?: TranslationValues): string | null
  /** A stored name of an actor, in the reader's language. */
  actor(name: string): string
}

/** What a part of a page writes its texts with. */
export interface TextContext<N extends Namespace> {
  t: Translator<N>
}

/** With the time that relative times and dates are counted from. */
export interface ViewContext<N extends Namespace> extends TextContext<N> {
  now: Date
}

type RichValues = Record<string, string | number | Date | ((chunks: ReactNode) => ReactNode)>
interface LooseTranslator {
  (key: string, values?: RichValues): string
  rich(key: string, values: RichValues): ReactNode
  raw(key: string): unknown
}

const translators = new Map<string, unknown>()

/** No line of a page ends within "E-Mail" or "HTTP-API". In a file, a mail or a terminal some programs would show the word joiner that this takes. */
const unbroken = (messages: Messages): Messages =>
  JSON.parse(JSON.stringify(messages).replaceAll(/E-(?=Mail)|HTTP-(?=API)/g, '$&\u2060'))

/** The texts of one namespace in one language. A missing key is a bug and throws. */
export function translatorFor<N extends Namespace>(locale: Locale, namespace: N, medium: 'page' | 'text' = 'text') {
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
  const spelledIn = (key: string, values: RichValues) =>
    withSpelled(values, String(nodeAt(messages, key.split('.'))), locale)
  const say = (key: string, values?: TranslationValues) => translate(key, values && spelledIn(key, values))
  const translator = Object.assign(say, formatsIn(locale), {
    raw: translate.raw,
    rich: (key: string, values: RichValues) => translate.rich(key, spelledIn(key, values)),
    has: (key: string) => nodeAt(messages, key.split('.')) !== undefined,
    lookUp: (key: string, values?: TranslationValues) =>
      typeof nodeAt(messages, key.split('.')) === 'string' ? say(key, values) : null,
    list: (key: string, values?: TranslationValues) =>
      (translate.raw(key) as string[]).map((_, index) => say(`${key}.${index}`, values)),
    actor: (name: string) => actorText(name, locale),
  })
  translators.set(cacheKey, translator)
  return translator as unknown as Translator<N>
}

const SPELLED: Record<Locale, readonly string[]> = {
  en: ['two', 'three', 'four', 'five', 'six', 'seven', 'eight', 'nine', 'ten', 'eleven', 'twelve'],
  de: ['zwei', 'drei', 'vier', 'fünf', 'sechs', 'sieben', 'acht', 'neun', 'zehn', 'elf', 'zwölf'],
}

/** "{movedSpelled} of {totalSpelled}": a part and its whole. */
const PART_OF_WHOLE = /\{(\w+)Spelled\} (?:of|von)\}* \{(\w+)Spelled\}/g

/**
 * Adds how a sentence writes each number: from two to twelve spelled out, as `{countSpelled}`, or `{CountSpelled}` where the sentence
 * begins, and larger ones in digits. A part of a whole in digits is in digits too: “12 of 40”. What `countShown` has instead, such as
 * “3+”, is used as it is. A text needs a separate form for one.
 */
function withSpelled(values: RichValues, message: string, locale: Locale): RichValues {
  const spelledOf = (value: unknown) => (typeof value === 'number' ? SPELLED[locale][value - 2] : undefined)
  const inDigits = [...message.matchAll(PART_OF_WHOLE)].flatMap(([, part = '', whole = '']) =>
    spelledOf(values[whole]) ? [] : [part.toLowerCase()],
  )
  const spelled = Object.entries(values).flatMap(([name, value]) => {
    if (typeof value !== 'number') return []
    const digits = formatNumber(value, locale)
    const label = String(values[`${name}Shown`] ?? digits)
    const text = (label === digits && !inDigits.includes(name.toLowerCase()) && spelledOf(value)) || label
    return [
      [`${name}Spelled`, text],
      [`${capitalised(name)}Spelled`, capitalised(text)],
    ]
  })
  return { ...values, ...Object.fromEntries(spelled) }
}

export const capitalised = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1)

/** The library also finds what every object inherits, such as `__proto__`, and then fails on it. */
function nodeAt(messages: unknown, path: readonly string[]): unknown {
  let node = messages
  for (const step of path) {
    if (typeof node !== 'object' || node === null || !Object.hasOwn(node, step)) return undefined
    node = (node as Record<string, unknown>)[step]
  }
  return node
}

/** The form in which `actorName` stores a user at a shell. */
const AT_A_SHELL = /^(.+) \(command line\)$/

function actorText(name: string, locale: Locale): string {
  const user = AT_A_SHELL.exec(name)?.[1]
  return user === undefined ? name : translatorFor(locale, 'activity')('row.commandLine', { user })
}
