import { isDiagnosisCode, remedy } from '../../diagnosis'
import type { Locale } from '../../i18n/locale'
import { type Translator, translatorFor } from '../../i18n/translations'
import { calendarDays } from '../../kernel'
import { type ApiKeyView, type ExpiringView, holderOf } from '../views'
import type { CredentialNotice, Notice, NoticeItem, NoticeText } from './notice'

type Occasion = ReturnType<typeof occasionOf>

/** More rows would make a card too large for Teams, and too long to read in a mail. */
const DIGEST_ROWS_MAX = 50

/** Days on the UTC calendar from then until the expiry date. */
export const daysLeftAt = (expiresAt: Date | null, at: Date): number | null => expiresAt && calendarDays(at, expiresAt)

export function occasionOf<Kind extends CredentialNotice['occasion']>({
  occasion,
  credential,
  at,
}: Pick<CredentialNotice, 'credential' | 'at'> & { occasion: Kind }): Kind | 'ends' | 'ended' {
  if (occasion !== 'ends') return occasion
  return credential?.expiresAt && credential.expiresAt <= at ? 'ended' : 'ends'
}

/** The page on which the reader can act. */
export function noticeUrl({ credential }: Pick<CredentialNotice, 'credential'>, baseUrl: URL): string {
  const path = credential?.kind === 'api-key' ? '/clients' : '/credentials'
  return new URL(credential ? `${path}/${credential.id}` : path, baseUrl).href
}

/** Names are chosen by people: a line break or a change of direction in one must not split the subject into two lines. */
export const oneLine = (text: string): string =>
  text.replace(/[\p{Cc}\p{Zl}\p{Zp}\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]+/gu, ' ')

export function reminderText(notice: Notice, { locale, baseUrl }: { locale: Locale; baseUrl: URL }): NoticeText {
  if (notice.occasion === 'other') return notice.text(locale, baseUrl)
  const t = translatorFor(locale, 'reminders')
  const { credential } = notice
  const occasion = occasionOf(notice)
  if (credential?.kind === 'api-key') return keyText(credential, notice.at, locale, baseUrl)
  const server = oneLine(credential?.mailServer.name ?? '')
  const days = daysLeftAt(credential?.expiresAt ?? null, notice.at) ?? 0
  const count = new Set(notice.digest?.map((item) => item.credential.id)).size
  const carriedBy = occasion === 'refused' ? credential?.carriedBy : null
  const intro = carriedBy
    ? t('mail.intro.refusedFallback', { server, until: t.moment(carriedBy.until) })
    : t(`mail.intro.${occasion}`, { server })
  const rows = notice.digest
    ? digestRows(notice.digest, notice.at, t)
    : credential
      ? rowsOf(credential, occasion, t)
      : []
  return {
    title: t(`mail.subject.${occasion}`, { days: Math.max(0, days), server, count }),
    intro,
    rows: known(rows),
    how: occasion === 'test' ? null : t(credential?.kind === 'smtp-password' ? 'mail.howPassword' : 'mail.how'),
    why: t('mail.why'),
    open: t('mail.open'),
    url: noticeUrl(notice, baseUrl),
  }
}

/** About an API key, which only its expiry date ends. */
function keyText(key: ApiKeyView, at: Date, locale: Locale, baseUrl: URL): NoticeText {
  const t = translatorFor(locale, 'reminders')
  const client = oneLine(key.client.name)
  const occasion = occasionOf({ occasion: 'ends', credential: key, at })
  return {
    title: t(`mail.key.subject.${occasion}`, { days: Math.max(0, daysLeftAt(key.expiresAt, at) ?? 0), client }),
    intro: t(`mail.key.intro.${occasion}`, { client }),
    rows: known(rowsOf(key, occasion, t)),
    how: t('mail.key.how'),
    why: t('mail.why'),
    open: t('mail.key.open'),
    url: noticeUrl({ credential: key }, baseUrl),
  }
}

type Row = [label: string, value: string | null]

const known = (rows: readonly Row[]): NoticeText['rows'] =>
  rows.flatMap(([label, value]) => (value ? [[label, oneLine(value)] as [string, string]] : []))

const rowsOf = (credential: ExpiringView, occasion: Occasion, t: Translator<'reminders'>): Row[] => [
  [t(credential.kind === 'api-key' ? 'mail.client' : 'mail.server'), holderOf(credential).name],
  [t('mail.sender'), credential.kind === 'api-key' ? null : credential.mailServer.senderAddress],
  [t('mail.kind'), t(`kindIs.${credential.kind}`)],
  [t('mail.hint'), credential.hint],
  [t('mail.keyId'), credential.keyId],
  [t('mail.end'), credential.expiresAt ? t.moment(credential.expiresAt) : t('mail.unknown')],
  ...(occasion === 'refused' ? refusalRows(credential.refusedCode, t) : []),
  [t('mail.owner'), credential.owners.join(', ')],
  [t('mail.note'), credential.note],
]

/** In words, and the code to search for in the console's help. */
const refusalRows = (code: string | null, t: Translator<'reminders'>): Row[] => [
  [t('mail.code'), code !== null && isDiagnosisCode(code) ? remedy(code, {}, t.locale).title : null],
  [t('mail.helpCode'), code],
]

/** A line for each reminder: the mail server or client, and what is wrong with its credential. */
function digestRows(digest: readonly NoticeItem[], at: Date, t: Translator<'reminders'>): Row[] {
  const rows = digest.slice(0, DIGEST_ROWS_MAX).map(({ occasion, credential }): Row => {
    const state = occasionOf({ occasion, credential, at })
    const facts = {
      kind: t(`kindIs.${credential.kind}`),
      date: credential.expiresAt ? t.moment(credential.expiresAt) : t('mail.unknown'),
    }
    return [oneLine(holderOf(credential).name), t(`mail.digest.${state}`, facts)]
  })
  const more = digest.length - rows.length
  return more > 0 ? [...rows, ['…', t('mail.digest.more', { count: more })]] : rows
}
