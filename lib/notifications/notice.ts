import type { Locale } from '../i18n/locale'
import { fail, type Result } from '../kernel'
import type { ClaimedNotification } from './store/notifications'

export interface Notice {
  /** The same for every attempt, so that a receiver recognises a second copy. */
  deliveryId: string
  at: Date
  text(locale: Locale, baseUrl: URL): NoticeText
  /** The members of a webhook's body besides `deliveryId` and `at`. */
  event(baseUrl: URL): { type: string } & Readonly<Record<string, unknown>>
}

/** The text of a notice for every channel, in one language. Plain text throughout. */
export interface NoticeText {
  title: string
  intro: string
  rows: [label: string, value: string][]
  /** What to do; null if there is nothing to do. */
  how: string | null
  why: string
  /** Where a person can act at once, before the page that `url` leads to. */
  place?: { open: string; url: string }
  open: string
  /** An address of the console; no other address is ever linked to. */
  url: string
}

/** What a notice leads to, first things first. */
export const linksOf = ({ place, open, url }: NoticeText) => [...(place ? [place] : []), { open, url }]

/**
 * What the notifications of one delivery say at this time, by the module that knows what they are about; null if nothing is to be said
 * any more. `about` are those that are still needed.
 */
export type Say = (
  claimed: readonly ClaimedNotification[],
  at: Date,
) => Promise<(Pick<Notice, 'text' | 'event'> & { about: readonly ClaimedNotification[] }) | null>

export interface SendFault {
  /** A diagnosis code; or `http-status`, `bad-reply`, `no-server`, `address-unreadable`. */
  code: string
  /** Without secrets. */
  evidence: string
  /** How long the receiver asks to wait, or null if it does not say. */
  retryAfterMs: number | null
}

export const faultOf = (code: string, evidence = '', retryAfterMs: number | null = null): Result<never, SendFault> =>
  fail({ code, evidence, retryAfterMs })

/** More rows would make a card too large for Teams, and too long to read in a mail. */
const ROWS_MAX = 50

export const firstRows = (rows: readonly [string, string][], more: (count: number) => string): NoticeText['rows'] =>
  rows.length > ROWS_MAX ? [...rows.slice(0, ROWS_MAX), ['…', more(rows.length - ROWS_MAX)]] : [...rows]

/** Names are chosen by people: a line break or a change of direction in one must not split the subject into two lines. */
export const oneLine = (text: string): string =>
  text.replace(/[\p{Cc}\p{Zl}\p{Zp}\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]+/gu, ' ')
