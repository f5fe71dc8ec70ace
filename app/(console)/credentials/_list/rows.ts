import { credentialPath, mailServerPath, resetClientPath } from '@/app/paths'
import { hasWrongDate, STOPPED } from '@/lib/credentials/expiry'
import { renewalTime } from '@/lib/credentials/rotation/due-renewals'
import type { ApiKeyView, ExpiringView, SlotsView } from '@/lib/credentials/views'
import type { ViewContext } from '@/lib/i18n/translations'
import { DAY_MS } from '@/lib/kernel'
import type { Channel } from '@/lib/notifications/store/channel-rows'
import { hasNoExpiry } from '../_view/labels'
import { stageOf } from '../_view/stage'

/** One line of the list: a mail server's credential in use with what is prepared for it, a previous credential, or an API key. */
export type Row = CredentialRow | { view: ApiKeyView; slots: null; stage: 'add' }

export type CredentialRow = ReturnType<typeof credentialRowsOf>[number]

/** One row for each mail server with a credential. Its next and previous ones are on the page of the one in use. */
export const credentialRowsOf = (all: readonly SlotsView[]) =>
  all.flatMap((slots) => {
    const view = slots.current ?? slots.next
    return view ? [{ view, slots, stage: stageOf(slots) }] : []
  })

export const rowsOf = ({ slots, keys }: Expiring): Row[] => [
  ...credentialRowsOf(slots),
  ...keys.map((view): Row => ({ view, slots: null, stage: 'add' })),
]

export const previousRowsOf = ({ slots: all }: Expiring): Row[] =>
  all.flatMap((slots) => slots.previous.map((view) => ({ view, slots, stage: stageOf(slots) })))

export interface Expiring {
  slots: readonly SlotsView[]
  keys: readonly ApiKeyView[]
}

export interface ListContext extends ViewContext<'credentials'> {
  thresholdsDays: readonly number[]
  rotateDaysBefore: number | null
  channels: readonly Channel[]
  mayWrite: boolean
}

/** A person has to act within a week: it expires by then, it has expired, or Entra rejects it. */
export const needsYou = ({ view }: Pick<Row, 'view'>): boolean =>
  view.slot !== 'previous' && [...STOPPED, 'critical'].includes(view.state)

/** Days until mail through its server stops: of the previous one while that carries mail. Null without a date. */
export function daysOf({ carriedBy, daysLeft }: Row['view'], now: Date): number | null {
  if (!carriedBy) return daysLeft
  return carriedBy.isDated ? Math.max(0, Math.ceil((carriedBy.until.getTime() - now.getTime()) / DAY_MS)) : null
}

/** Its expiry date is unknown, so no reminder can be sent. */
export const lacksDate = ({ view }: Pick<Row, 'view'>): boolean => view.expiresAt === null && !hasNoExpiry(view)

/** The credentials in use that lack it, except those that need a person anyway: what the list of credentials without a date has. */
export const undatedOf = (views: readonly ExpiringView[]): ExpiringView[] =>
  views.filter((view) => view.slot === 'current' && lacksDate({ view }) && !needsYou({ view }))

/** When the worker replaces it without a person; null if it does not, or if that day has passed. */
export function renewsAt({ view, stage }: Row, rotateDaysBefore: number | null, now: Date): Date | null {
  const at =
    rotateDaysBefore === null || stage !== 'add' || view.kind === 'api-key'
      ? null
      : renewalTime(view, rotateDaysBefore, now)
  return at && at > now ? at : null
}

/** What the row offers. `renews` and `none` are no links. */
export type NextStep = 'see' | 'password' | 'key' | 'finish' | 'date' | 'compare' | 'replace' | 'renews' | 'none'

export function nextStepOf(row: Row, rotateDaysBefore: number | null, now: Date): NextStep {
  const { view, slots, stage } = row
  if (slots === null) return needsYou(row) || view.state === 'soon' ? 'key' : 'none'
  if (view.slot === 'previous') return 'none'
  if (slots.mailServer.type === 'smtp') return needsYou(row) || view.state === 'soon' ? 'password' : 'none'
  if (stage === 'fallback') return 'see'
  if (stage !== 'add') return 'finish'
  if (hasWrongDate(view)) return 'date'
  if (needsYou(row)) return 'replace'
  if (lacksDate(row)) return 'date'
  if (view.datesDiffer) return 'compare'
  if (view.state !== 'soon') return 'none'
  return renewsAt(row, rotateDaysBefore, now) ? 'renews' : 'replace'
}

const PART: Record<string, string> = { finish: '#replace', replace: '#replace', date: '#edit', compare: '#about' }

export function stepPath({ view, slots }: Row, step: NextStep): string {
  if (slots === null) return resetClientPath(view.id)
  return step === 'password' ? mailServerPath(slots.mailServer.id) : `${credentialPath(view.id)}${PART[step] ?? ''}`
}
