import { faultTitle, isDiagnosisCode } from '../../diagnosis'
import { type Locale, type Translator, translatorFor } from '../../i18n/translations'
import { calendarDays, pick } from '../../kernel'
import { firstRows, type Notice, type NoticeText, oneLine, type Say } from '../../notifications/notice'
import type { ClaimedNotification } from '../../notifications/store/notifications'
import type { CredentialsDeps } from '../deps'
import { type ExpiringView, expiring, holderOf } from '../views'
import { idOf, isWatched } from './plan'

/** One reminder of a notice. `thresholdDays` is null for a refusal. */
export interface NoticeItem {
  occasion: 'ends' | 'ended' | 'refused'
  credential: ExpiringView
  thresholdDays: number | null
}

const TYPE_OF = { ends: 'credential.expiring', ended: 'credential.expired', refused: 'credential.refused' } as const

/** What the reminders of one delivery say at this time. */
export async function reminderNotice(
  deps: Pick<CredentialsDeps, 'db' | 'clouds' | 'clock'>,
  claimed: readonly ClaimedNotification[],
  at: Date,
): ReturnType<Say> {
  const ids = claimed.flatMap((reminder) => idOf(reminder) ?? [])
  return noticeAbout(await expiring(deps, ids), claimed, at)
}

/** Leaves out reminders of a credential that was replaced or has a new date: many notices may have been sent since they were planned. */
export function noticeAbout(
  credentials: readonly ExpiringView[],
  claimed: readonly ClaimedNotification[],
  at: Date,
): Awaited<ReturnType<Say>> {
  const known = claimed.flatMap((reminder) => {
    const credential = credentials.find(({ id }) => id === idOf(reminder))
    if (!credential || !isWatched(credential) || credential.expiryVersion !== reminder.expiryVersion) return []
    return [{ reminder, item: itemOf(credential, reminder.thresholdDays, at) }]
  })
  if (known.length === 0) return null
  const items = known.map(({ item }) => item)
  return { about: known.map(({ reminder }) => reminder), ...noticeOf(items, at) }
}

export const itemOf = (credential: ExpiringView, thresholdDays: number, at: Date): NoticeItem => {
  if (thresholdDays < 0) return { occasion: 'refused', credential, thresholdDays: null }
  const isOver = credential.expiresAt !== null && credential.expiresAt <= at
  return { occasion: isOver ? 'ended' : 'ends', credential, thresholdDays }
}

/** A single reminder on its own, several as a digest in which what expires first comes first. */
export function noticeOf(items: readonly NoticeItem[], at: Date): Pick<Notice, 'text' | 'event'> {
  const expiresMs = ({ credential }: NoticeItem) => credential.expiresAt?.getTime() ?? 0
  const [first, ...more] = items.toSorted((a, b) => expiresMs(a) - expiresMs(b))
  if (!first) throw new Error('a notice without a reminder')
  if (more.length === 0)
    return {
      text: (locale, baseUrl) => textOf(first, at, locale, baseUrl),
      event: (baseUrl) => ({ ...eventOf(first, at), url: credentialUrl(first.credential, baseUrl) }),
    }
  const digest = [first, ...more]
  return {
    text: (locale, baseUrl) => digestText(digest, locale, baseUrl),
    event: (baseUrl) => ({
      type: 'credentials.digest',
      thresholdDays: null,
      credential: null,
      reminders: digest.map((item) => eventOf(item, at)),
      url: credentialUrl(null, baseUrl),
    }),
  }
}

export function credentialUrl(credential: ExpiringView | null, baseUrl: URL): string {
  const path = credential?.kind === 'api-key' ? '/clients' : '/credentials'
  return new URL(credential ? `${path}/${credential.id}` : path, baseUrl).href
}

const daysLeftAt = (expiresAt: Date | null, at: Date): number | null => expiresAt && calendarDays(at, expiresAt)

function textOf({ occasion, credential }: NoticeItem, at: Date, locale: Locale, baseUrl: URL): NoticeText {
  const t = translatorFor(locale, 'reminders')
  const { kind, carriedBy } = credential
  const isKey = kind === 'api-key'
  // Only its expiry date ends a key.
  const keyText = occasion === 'ended' ? 'keyEnded' : 'keyEnds'
  const textKey = isKey ? keyText : occasion
  const howAtServer = kind === 'smtp-password' ? 'mail.howPassword' : 'mail.how'
  const days = Math.max(0, daysLeftAt(credential.expiresAt, at) ?? 0)
  const server = oneLine(holderOf(credential).name)
  return {
    title: t(`mail.subject.${textKey}`, { days, server }),
    intro:
      carriedBy && occasion === 'refused'
        ? t('mail.intro.refusedFallback', { server, until: t.moment(carriedBy.until) })
        : t(`mail.intro.${textKey}`, { server }),
    rows: rowsOf(credential, occasion, t),
    how: t(isKey ? 'mail.howKey' : howAtServer),
    why: t('mail.why'),
    open: t(isKey ? 'mail.openKey' : 'mail.open'),
    url: credentialUrl(credential, baseUrl),
  }
}

type Row = [label: string, value: string | null]

function rowsOf(
  credential: ExpiringView,
  occasion: NoticeItem['occasion'],
  t: Translator<'reminders'>,
): NoticeText['rows'] {
  const rows: Row[] = [
    [t(credential.kind === 'api-key' ? 'mail.client' : 'mail.server'), holderOf(credential).name],
    [t('mail.sender'), credential.kind === 'api-key' ? null : credential.mailServer.senderAddress],
    [t('mail.kind'), t(`kindIs.${credential.kind}`)],
    [t('mail.hint'), credential.hint],
    [t('mail.keyId'), credential.keyId],
    [t(occasion === 'ended' ? 'mail.ended' : 'mail.end'), dateOf(credential, t)],
    ...(occasion === 'refused' ? refusalRows(credential.refusedCode, t) : []),
    [t('mail.owner'), credential.owners.join(', ')],
    [t('mail.note'), credential.note],
  ]
  return rows.flatMap(([label, value]) => (value ? [[label, oneLine(value)] as [string, string]] : []))
}

/** In words, and the code to search for in the console's help. */
const refusalRows = (code: string | null, t: Translator<'reminders'>): Row[] => [
  [t('mail.code'), code !== null && isDiagnosisCode(code) ? faultTitle(code, t.locale) : null],
  [t('mail.helpCode'), code],
]

const dateOf = ({ expiresAt }: ExpiringView, t: Translator<'reminders'>): string =>
  expiresAt ? t.moment(expiresAt) : t('mail.unknown')

/** With a line for each reminder: the mail server or client, and what is wrong with its credential. */
function digestText(digest: readonly NoticeItem[], locale: Locale, baseUrl: URL): NoticeText {
  const t = translatorFor(locale, 'reminders')
  const rows = digest.map(({ occasion, credential }): [string, string] => {
    const facts = { kind: t(`kindIs.${credential.kind}`), date: dateOf(credential, t) }
    return [oneLine(holderOf(credential).name), oneLine(t(`mail.digest.${occasion}`, facts))]
  })
  return {
    title: t('mail.subject.digest', { count: new Set(digest.map(({ credential }) => credential.id)).size }),
    intro: t('mail.intro.digest'),
    rows: firstRows(rows, (count) => t('mail.digest.more', { count })),
    how: t('mail.how'),
    why: t('mail.why'),
    open: t('mail.openAll'),
    url: credentialUrl(null, baseUrl),
  }
}

/** Each member is named, so that nothing else of a credential is sent. */
const eventOf = ({ occasion, credential, thresholdDays }: NoticeItem, at: Date) => ({
  type: TYPE_OF[occasion],
  thresholdDays,
  credential: {
    ...pick(credential, 'id', 'kind', 'slot', 'state', 'keyId', 'hint', 'note', 'owners', 'refusedCode'),
    expiresAt: credential.expiresAt?.toISOString() ?? null,
    daysLeft: daysLeftAt(credential.expiresAt, at),
    fallbackUntil: credential.carriedBy?.until.toISOString() ?? null,
    ...(credential.kind === 'api-key'
      ? { mailServer: null, client: pick(credential.client, 'id', 'name') }
      : { mailServer: pick(credential.mailServer, 'name', 'senderAddress') }),
  },
})
