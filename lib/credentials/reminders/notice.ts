import type { Locale } from '../../i18n/locale'
import type { Result } from '../../kernel'
import type { StoredChannel } from '../store/channel-rows'
import type { ClaimedReminder } from '../store/reminder-mails'
import type { ExpiringView } from '../views'
import { idOf } from './plan'

/** What a recipient is notified of. `deliveryId` is the same for every attempt, so that a receiver recognises a second copy. */
export type Notice = CredentialNotice | OtherNotice

/** A notice that is not about credentials and brings its text. */
export interface OtherNotice {
  deliveryId: string
  occasion: 'other'
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
  open: string
  /** An address of the console; no other address is ever linked to. */
  url: string
}

export interface CredentialNotice {
  deliveryId: string
  occasion: 'ends' | 'refused' | 'test' | 'digest'
  at: Date
  /** Null for a test message and for a digest. */
  credential: ExpiringView | null
  thresholdDays: number | null
  /** The reminders of a digest, which were due together; what expires first comes first. */
  digest?: readonly NoticeItem[]
}

/** One reminder of a digest. */
export interface NoticeItem {
  occasion: 'ends' | 'refused'
  credential: ExpiringView
  thresholdDays: number
}

export interface SendFault {
  /** A diagnosis code; or `http-status`, `bad-reply`, `no-server`, `address-unreadable`. */
  code: string
  /** Without secrets. */
  evidence: string
  /** How long the receiver asks to wait, or null if it does not say. */
  retryAfterMs: number | null
}

export type Send = (channel: StoredChannel, notice: Notice, signal: AbortSignal) => Promise<Result<void, SendFault>>

type DueReminder = Pick<ClaimedReminder, 'deliveryId' | 'thresholdDays' | 'credentialId' | 'clientId'>

/**
 * What the reminders of one delivery say at this time: a single one on its own, several as a digest.
 *
 * @returns null if their credentials are gone
 */
export function noticeOf(
  due: readonly DueReminder[],
  credentials: readonly ExpiringView[],
  at: Date,
): CredentialNotice | null {
  const items = due.flatMap(({ thresholdDays, ...about }): NoticeItem[] => {
    const credential = credentials.find(({ id }) => id === idOf(about))
    return credential ? [{ occasion: thresholdDays < 0 ? 'refused' : 'ends', credential, thresholdDays }] : []
  })
  const [first] = items
  const deliveryId = due[0]?.deliveryId
  if (!first || deliveryId === undefined) return null
  if (items.length === 1) return { ...first, deliveryId, at }
  const expiresMs = ({ credential }: NoticeItem) => credential.expiresAt?.getTime() ?? 0
  const digest = items.sort((a, b) => expiresMs(a) - expiresMs(b))
  return { deliveryId, occasion: 'digest', at, credential: null, thresholdDays: null, digest }
}
