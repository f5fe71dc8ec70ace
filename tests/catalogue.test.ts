import { expect, test } from 'vitest'
import { LOCALES, type Locale } from '../lib/i18n/locale'
import { MESSAGES, NAMESPACES, type Namespace } from '../lib/i18n/translations'

type Entry = [key: string, text: string]

function textsOf(node: unknown, at = ''): Entry[] {
  if (typeof node === 'string') return [[at, node]]
  return Object.entries(node as object).flatMap(([key, value]) => textsOf(value, at === '' ? key : `${at}.${key}`))
}

/** Words and turns that docs/glossary.md retired from texts, in each language. */
const RETIRED: Record<Locale, RegExp> = {
  en: new RegExp(
    [
      // Turns that no native speaker would write.
      String.raw`\b(?:whoever|anew|meanwhile|goes on|go on|so many|(?:is|are|was|were|be) told|tells|mend(?:s|ed)?|at hand|as whom|somebody|anybody)\b`,
      String.raw`\b(?:becomes? of|became of|in force|of its own|of their own|beside|stands?|stood|standing|leaves? by|lets? in|not there any ?more|look whether)\b`,
      String.raw`\bby itself\b(?!\.$)`,
      // An apostrophe, and British spelling apart from Microsoft's labels.
      String.raw`(?<=\w)'(?=\w)|\borganizations?\b(?! uses|”)`,
      // One word for one thing.
      String.raw`\b(?:the other side|evidence|proven|proves?|proofs?|rotat\w+|former(?:ly)?|settling|stand-in|backup server|pigeon-hole)\b`,
      String.raw`\b(?:refus(?:e|es|ed|al|als|ing))\b`,
      String.raw`\b(?:(?:first|next|last|latest|newest|every|each|this|one|a) (?:try|mail)|tries so far|mails)\b(?! (?:again|server|team|flow|port|it|to)\b)`,
      String.raw`\b(?:trial (?:notice|message)s?|notices?|queued|in the queue|ticked|void|own senders?|originators?|who causes|lint|stages?)\b`,
      String.raw`\b(?:log(?:s|ged)? in|logins?(?!\.)|from where|degraded|clockwork|the clock that|no end of its own|has ended|ends (?:on|in|today|tomorrow))\b`,
    ].join('|'),
    'gi',
  ),
  de: new RegExp(
    [
      String.raw`(?:Beleg(?!t\b.*Verbindung)|[Bb]elegt?\b|[Bb]elegen|Befund|Gegenseite)`,
      '(?:Zugangsnachweis|Zugangsdaten|Passw[oö]rt|geheime[mnrs]? Clientschlüssel|Probenachricht|hinfällig|ehemalig|in Gebrauch)',
      String.raw`(?:[Gg]escheitert|[Ss]cheitert|[Ss]cheitern|springt\b.{0,40}\bein\b|einspringt|Schlange|wirkt noch nicht|\bStufen?\b|Brieffach)`,
      String.raw`(?<![-\w])Mail(?![-\w])`,
      String.raw`(?<![-\w])Mails(?![-\w])`,
      String.raw`(?:dieser|dieses|früherer?n?|gespeicherte[nr]?|Neuer|Jeder) Stand(?:es|s)?\b|\bStand \{`,
      String.raw`\bum die sich jemand\b|\bhinausgelassen\b|\bWas gemeldet wurde\b`,
      String.raw`(?:[Ii]ndividuell|Kopffeld|\bRechners?\b|\bAnlagen?\b|Einzelheiten|(?<!-)Mail-?[Pp]rogramm)`,
    ].join('|'),
    'g',
  ),
}

/** Where such a word is the right one: the name of something, or Microsoft's own term. */
const ALLOWED: readonly (readonly [key: RegExp, text: RegExp])[] = [
  [/^de\//, /Neuer geheimer Clientschlüssel|→ Geheime Clientschlüssel|„Geheime Clientschlüssel“|postroom_degraded/],
  [/^en\/(?:reminders|help)/, /postroom_degraded/],
  // Names that Entra has for several tenants together.
  [/^en\/diagnosis\.json codes\.tenant-not-specific/, /^common, organizations and consumers/],
  // The label of the SMTP form.
  [/^en\/mail-server\.json form\.login$/, /^Login$/],
  [/^en\/diagnosis\.json codes\.auth-mechanism/, /LOGIN or PLAIN/],
]

const entriesOf = (locale: Locale, namespace: Namespace): Entry[] =>
  textsOf(MESSAGES[locale][namespace]).map(([key, text]) => [`${locale}/${namespace}.json ${key}`, text])

const retiredIn = (locale: Locale, entries: readonly Entry[]): string[] =>
  entries.flatMap(([key, text]) => {
    const allowed = ALLOWED.some(([where, what]) => where.test(key) && what.test(text))
    return allowed
      ? []
      : (text.replaceAll(/\{\w+\}/g, '{}').match(RETIRED[locale]) ?? []).map((term) => `${key}: ${term.trim()}`)
  })

test.each(LOCALES)('%s: no text uses a word or turn that the glossary retired', (locale) => {
  expect(NAMESPACES.flatMap((namespace) => retiredIn(locale, entriesOf(locale, namespace)))).toEqual([])
})

test.each([
  ['en', 'Somebody saved meanwhile, and the last try was refused.', ['Somebody', 'meanwhile', 'last try', 'refused']],
  [
    'de',
    'Der Zugangsnachweis ist belegt, die Mail ist gescheitert.',
    ['Zugangsnachweis', 'belegt', 'Mail', 'gescheitert'],
  ],
] as const)('%s: the test sees a retired word', (locale, text, terms) => {
  expect(text.match(RETIRED[locale])).toEqual(terms)
})

test.each(LOCALES)('%s: no line ends between a number and its unit', (locale) => {
  const wrong = NAMESPACES.flatMap((namespace) => entriesOf(locale, namespace)).filter(
    // This one is also an answer of SMTP, which has ASCII only.
    ([key, text]) => !key.endsWith('refusal.too-large.says') && /(?<=[\d}]) (?:[KMG]i?B|ms|s|h|min|%)(?!\w)/.test(text),
  )
  expect(wrong).toEqual([])
})

/** Branches of `validation` about a form as a whole, what another person saved, what was tidied in it, and names of characters. */
const NOT_OF_A_FIELD: readonly string[] = ['refused', 'conflict', 'tidied', 'characters']

const errorsOf = (locale: Locale): Entry[] =>
  textsOf(MESSAGES[locale].validation).filter(([key]) => !NOT_OF_A_FIELD.includes(key.split('.')[0] ?? ''))

/** Quotation marks and values may come first; German nouns and names of products begin with a capital. */
const CONTINUES = /^(?:\p{Ll}|[“„{])|^Zeile /u
/** German writes a complete sentence after a colon with a capital. It has a verb after other words, or is a request. */
const SENTENCE =
  /^(?:[^,.:]|\.(?= Zeichen))* (?:Sie|ist|sind|wird|würde|wurde|muss|kann|darf|gibt|enthält|enthielt|gehören)(?!\p{L})/u

const continues = (locale: Locale, text: string): boolean =>
  (locale === 'de' && SENTENCE.test(text) ? /^[\p{Lu}„{]/u : CONTINUES).test(text)

test.each(LOCALES)('%s: an error of a field continues its label, "Sender email address: too long"', (locale) => {
  expect(errorsOf(locale).filter(([, text]) => !continues(locale, text))).toEqual([])
})

test.each(LOCALES)('%s: an error of one sentence has no full stop, as a label has none', (locale) => {
  const sentences = errorsOf(locale).filter(([, text]) =>
    /^[^.?!:]*\.$/.test(text.replaceAll(/\.example|\{[^{}]*\}/g, '')),
  )
  expect(sentences).toEqual([])
})

/** Errors of fields outside `validation` that are shown away from their field, so they begin with its label. Most are found without this list. */
const WITH_LABEL: Partial<Record<Namespace, RegExp>> = {
  people: /^fault\.(?:wrong-|email-|confirm-email|role-unknown|password-)/,
  credentials: /^certificate\.|^fault\.(?:no-file|days|owner|feedName)|^graph\.cannot\.object-id-|\.object-id-needed$/,
  'set-up': /^propagation\.refused\.recipient$/,
}
/** A key so named is an error of a field, and so is a text of this form. */
const NAMED = /(?:^|\.)(?:wrong|invalid)(?:-[\w-]+)?(?=\.|$)|(?:Invalid|Wrong|TooMany|TooLong)$/
const WORDED = /^[^:.]{2,80}: (?:enter|choose|too|not|incorrect|already)\b/
/** Texts about a form, a link, a key file, a request or an event as a whole, which only have such a name. */
const OF_NO_FIELD =
  /^(?:alerts settings|messages retention)\.invalid$|^policy try\.rulesWrong$|^people (?:setUp\.invalid|system\.degraded\.keys\.wrong)$|^set-up script\.|^activity reason\./
/** They are about what other programs sent, not about forms. */
const NO_FORMS: readonly Namespace[] = ['validation', 'diagnosis', 'submission', 'help', 'browser']

/** Those that are listed, and those that show it by their name or words, so that a new one is found. */
const isFieldError = (namespace: Namespace, key: string, english: string): boolean =>
  !NO_FORMS.includes(namespace) &&
  !OF_NO_FIELD.test(`${namespace} ${key}`) &&
  (NAMED.test(key) || (WORDED.test(english) && !english.startsWith('{')) || WITH_LABEL[namespace]?.test(key) === true)

test.each(LOCALES)('%s: an error of a field begins with the label of the field, or continues it', (locale) => {
  const wrong = NAMESPACES.flatMap((namespace) => {
    const english = new Map(textsOf(MESSAGES.en[namespace]))
    const entries = textsOf(MESSAGES[locale][namespace])
    const labels = new Set(entries.map(([, text]) => text))
    const errors = entries.filter(([key]) => isFieldError(namespace, key, english.get(key) ?? ''))
    if (namespace in WITH_LABEL) expect(errors, namespace).not.toEqual([])
    return errors
      .filter(([key, text]) => {
        const colon = text.indexOf(': ')
        if (labels.has(text.slice(0, colon))) return !continues(locale, text.slice(colon + 2))
        return WITH_LABEL[namespace]?.test(key) || !continues(locale, text)
      })
      .map(([key, text]) => `${namespace} ${key}: ${text}`)
  })
  expect(wrong).toEqual([])
})
