import type { CredentialView } from '../credentials'
import type { Notice, NoticeItem } from '../credentials/remind'
import { calendarDays } from '../kernel/calendar-days'
import type { Locale } from '../kernel/locale'
import { type Words, wordsFor } from '../kernel/words'

/** What every channel says, in one language; plain text throughout. */
export interface ReminderText {
  title: string
  intro: string
  rows: [label: string, value: string][]
  /** How the credential is replaced; null for a trial message. */
  how: string | null
  why: string
  open: string
  /** The console's own address, the only one that is ever linked to (M-13). */
  url: string
}

type Told = 'ends' | 'ended' | 'refused' | 'test' | 'digest'

/** More rows would make a card too large for Teams, and nobody reads them in a mail. */
const DIGEST_ROWS_MAX = 50

/** Days on the UTC calendar from then to the end. */
export const daysLeftAt = (expiresAt: Date | null, at: Date): number | null => expiresAt && calendarDays(at, expiresAt)

export function toldBy({ occasion, credential, at }: Pick<Notice, 'occasion' | 'credential' | 'at'>): Told {
  if (occasion !== 'ends') return occasion
  return credential?.expiresAt && credential.expiresAt <= at ? 'ended' : 'ends'
}

/** Where the reader can act on it. */
export const noticeUrl = ({ credential }: Pick<Notice, 'credential'>, baseUrl: URL): string =>
  new URL(credential ? `/credentials/${credential.id}` : '/credentials', baseUrl).href

/** Names come from people: a line break or a turn of direction in one must not make two lines of a subject (M-02, M-13). */
const oneLine = (text: string): string =>
  text.replace(/[\p{Cc}\p{Zl}\p{Zp}\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]+/gu, ' ')

export function reminderText(notice: Notice, { locale, baseUrl }: { locale: Locale; baseUrl: URL }): ReminderText {
  const words = wordsFor(locale, 'reminders')
  const { credential } = notice
  const told = toldBy(notice)
  const server = oneLine(credential?.mailServer.name ?? '')
  const days = daysLeftAt(credential?.expiresAt ?? null, notice.at) ?? 0
  const count = new Set(notice.digest?.map((item) => item.credential.id)).size
  const carriedBy = told === 'refused' ? credential?.carriedBy : null
  const intro = carriedBy
    ? words('mail.intro.refusedFallback', { server, until: moment(carriedBy.until, locale) })
    : words(`mail.intro.${told}`, { server })
  const rows = notice.digest
    ? digestRows(notice.digest, notice.at, locale, words)
    : credential
      ? rowsOf(credential, told, locale, words)
      : []
  return {
    title: words(`mail.subject.${told}`, { days: Math.max(0, days), server, count }),
    intro,
    rows: rows.flatMap(([label, value]) => (value ? [[label, oneLine(value)] as [string, string]] : [])),
    how: told === 'test' ? null : words(credential?.kind === 'smtp-password' ? 'mail.howPassword' : 'mail.how'),
    why: words('mail.why'),
    open: words('mail.open'),
    url: noticeUrl(notice, baseUrl),
  }
}

type Row = [label: string, value: string | null]

const rowsOf = (credential: CredentialView, told: Told, locale: Locale, words: Words): Row[] => [
  [words('mail.server'), credential.mailServer.name],
  [words('mail.sender'), credential.mailServer.senderAddress],
  [words('mail.kind'), words(`kindIs.${credential.kind}`)],
  [words('mail.hint'), credential.hint],
  [words('mail.keyId'), credential.keyId],
  [words('mail.end'), credential.expiresAt ? moment(credential.expiresAt, locale) : words('mail.unknown')],
  [words('mail.code'), told === 'refused' ? credential.refusedCode : null],
  [words('mail.owner'), credential.owners.join(', ')],
  [words('mail.note'), credential.note],
]

/** A line for each reminder: the mail server, and what is the matter with its credential. */
function digestRows(digest: readonly NoticeItem[], at: Date, locale: Locale, words: Words): Row[] {
  const rows = digest.slice(0, DIGEST_ROWS_MAX).map(({ occasion, credential }): Row => {
    const told = toldBy({ occasion, credential, at })
    const facts = {
      kind: words(`kindIs.${credential.kind}`),
      date: credential.expiresAt ? moment(credential.expiresAt, locale) : words('mail.unknown'),
    }
    return [oneLine(credential.mailServer.name), words(`mail.digest.${told}`, facts)]
  })
  const more = digest.length - rows.length
  return more > 0 ? [...rows, ['…', words('mail.digest.more', { count: more })]] : rows
}

const moment = (date: Date, locale: Locale): string =>
  `${new Intl.DateTimeFormat(locale === 'de' ? 'de-DE' : 'en-GB', {
    dateStyle: 'long',
    timeStyle: 'short',
    timeZone: 'UTC',
  }).format(date)} UTC`
