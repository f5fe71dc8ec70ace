import type { Notice } from '../credentials/remind'
import type { Locale } from '../kernel/locale'
import { wordsFor } from '../kernel/words'

/** What every channel says, in one language; plain text throughout. */
export interface ReminderText {
  title: string
  intro: string
  rows: [label: string, value: string][]
  why: string
  open: string
  /** The console's own address, the only one that is ever linked to (M-13). */
  url: string
}

type Told = 'ends' | 'ended' | 'refused' | 'test'

const DAY_MS = 24 * 60 * 60 * 1000

/** Whole days of 24 hours from then to the end, rounded down. */
export const daysLeftAt = (expiresAt: Date | null, at: Date): number | null =>
  expiresAt && Math.floor((expiresAt.getTime() - at.getTime()) / DAY_MS)

export function toldBy({ occasion, credential, at }: Notice): Told {
  if (occasion !== 'ends') return occasion
  return (daysLeftAt(credential?.expiresAt ?? null, at) ?? 0) < 0 ? 'ended' : 'ends'
}

/** Names come from people: a line break or a turn of direction in one must not make two lines of a subject (M-02, M-13). */
const oneLine = (text: string): string =>
  text.replace(/[\p{Cc}\p{Zl}\p{Zp}\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]+/gu, ' ')

export function reminderText(notice: Notice, { locale, baseUrl }: { locale: Locale; baseUrl: URL }): ReminderText {
  const words = wordsFor(locale, 'reminders')
  const { credential } = notice
  const told = toldBy(notice)
  const server = oneLine(credential?.mailServer.name ?? '')
  const days = daysLeftAt(credential?.expiresAt ?? null, notice.at) ?? 0
  const rows: [string, string | null | undefined][] = credential
    ? [
        [words('mail.server'), server],
        [words('mail.sender'), credential.mailServer.senderAddress],
        [words('mail.kind'), words(`kindIs.${credential.kind}`)],
        [words('mail.hint'), credential.hint],
        [words('mail.keyId'), credential.keyId],
        [words('mail.end'), credential.expiresAt ? moment(credential.expiresAt, locale) : words('mail.unknown')],
        [words('mail.code'), told === 'refused' ? credential.refusedCode : null],
        [words('mail.note'), credential.note],
      ]
    : []
  return {
    title: words(`mail.subject.${told}`, { days: Math.max(0, days), server }),
    intro: words(`mail.intro.${told}`, { server }),
    rows: rows.flatMap(([label, value]) => (value ? [[label, oneLine(value)] as [string, string]] : [])),
    why: words('mail.why'),
    open: words('mail.open'),
    url: new URL('/credentials', baseUrl).href,
  }
}

const moment = (date: Date, locale: Locale): string =>
  `${new Intl.DateTimeFormat(locale === 'de' ? 'de-DE' : 'en-GB', {
    dateStyle: 'long',
    timeStyle: 'short',
    timeZone: 'UTC',
  }).format(date)} UTC`
