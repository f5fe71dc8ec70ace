import type { CredentialState } from '@/lib/credentials/expiry'
import { renewalTime } from '@/lib/credentials/rotation/due'
import type { CredentialView, SlotsView } from '@/lib/credentials/views'
import { hasNoExpiry } from '../_view/labels'
import { type Stage, stageOf } from '../_view/next-step'

/** One line of the list: a mail server's credential in use with what is prepared for it, or a previous credential. */
export interface Row {
  view: CredentialView
  slots: SlotsView
  stage: Stage
}

/** One row for each mail server with a credential. Its next and previous ones are on the page of the one in use. */
export const rowsOf = (all: readonly SlotsView[]): Row[] =>
  all.flatMap((slots) => {
    const view = slots.current ?? slots.next
    return view ? [{ view, slots, stage: stageOf(slots) }] : []
  })

export const previousRowsOf = (all: readonly SlotsView[]): Row[] =>
  all.flatMap((slots) => slots.previous.map((view) => ({ view, slots, stage: stageOf(slots) })))

/** Worst first. While mail is sent with a previous credential, the state is `refused` as well. */
const URGENT: readonly CredentialState[] = ['refused', 'expired', 'critical']

/** A person has to act within a week: it expires by then, it has expired, or Entra rejects it. */
export const needsYou = ({ view }: Pick<Row, 'view'>): boolean =>
  view.slot !== 'previous' && URGENT.includes(view.state)

/** Worst first: what stopped, what stops this week, then what a previous credential carries. */
export function urgencyOf({ view }: Pick<Row, 'view'>): number {
  if (view.carriedBy) return URGENT.length
  const index = URGENT.indexOf(view.state)
  return index >= 0 ? index : URGENT.length + 1
}

/** Its expiry date is unknown, so no reminder can be sent. */
export const lacksDate = ({ view }: Pick<Row, 'view'>): boolean => view.expiresAt === null && !hasNoExpiry(view)

/** When the worker replaces it without a person; null if it does not, or if that day has passed. */
export function renewsAt(
  { view, stage }: Pick<Row, 'view' | 'stage'>,
  rotateDaysBefore: number | null,
  now: Date,
): Date | null {
  const at = rotateDaysBefore === null || stage !== 'add' ? null : renewalTime(view, rotateDaysBefore)
  return at && at > now ? at : null
}

/** What the row offers. `renews` and `none` are no links. */
export type NextStep = 'see' | 'password' | 'finish' | 'date' | 'compare' | 'replace' | 'renews' | 'none'

export function nextStepOf(row: Row, rotateDaysBefore: number | null, now: Date): NextStep {
  const { view, slots, stage } = row
  if (view.slot === 'previous') return 'none'
  if (slots.mailServer.type === 'smtp') return needsYou(row) || view.state === 'soon' ? 'password' : 'none'
  if (stage === 'fallback') return 'see'
  if (stage !== 'add') return 'finish'
  if (needsYou(row)) return 'replace'
  if (lacksDate(row)) return 'date'
  if (view.datesDiffer) return 'compare'
  if (view.state !== 'soon') return 'none'
  return renewsAt(row, rotateDaysBefore, now) ? 'renews' : 'replace'
}
