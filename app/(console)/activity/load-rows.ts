import { helpPath } from '@/app/paths'
import { AUDIT_RESULTS, type AuditRow } from '@/lib/audit'
import { faultTitle, isDiagnosisCode } from '@/lib/diagnosis'
import type { Translator } from '@/lib/i18n/translations'
import { recordOf } from '@/lib/kernel'
import { type KnownNames, type SubjectTitles, subjectHref, subjectText } from './subject'

const HEADINGS = ['caption', 'when', 'who', 'what', 'result', 'address'] as const
const ROW_LABELS = ['number', 'exactTime', 'action', 'requestId', 'noAddress'] as const

export type ActivityLabels = ReturnType<typeof activityLabels>
export const activityLabels = (t: Translator<'activity'>) => ({
  ...recordOf(HEADINGS, (key) => t(`table.${key}`)),
  ...recordOf(ROW_LABELS, (key) => t(`row.${key}`)),
  results: recordOf(AUDIT_RESULTS, (result) => t(`result.${result}`)) as Readonly<Record<string, string>>,
})

export type ListedEvent = ReturnType<typeof toListedEvent>

export function toListedEvent(
  row: AuditRow,
  context: {
    names: KnownNames
    titles: SubjectTitles
    there: Parameters<typeof subjectHref>[1]
    t: Translator<'activity'>
  },
) {
  const { names, titles, there, t } = context
  const { action, requestId, result, address } = row
  const iso = row.at.toISOString()
  // A later version may have written actions that this one does not know.
  const what = t.lookUp(`action.${action}`) ?? action
  const channel = action === 'reminder.send' ? row.details.name : null
  // The row names the person already.
  const isOwn = row.subject === `operator:${row.actorId}`
  return {
    action,
    requestId,
    result,
    address,
    number: `${row.sequence}`,
    iso,
    /** The calendar day, and the time of day to the second, both in UTC. */
    day: t.longDate(row.at),
    time: iso.slice(11, 19),
    who: row.actorKind === 'anonymous' ? t('row.anonymous') : t.actor(row.actorName),
    what: typeof channel === 'string' ? t('row.toChannel', { what, channel }) : what,
    fault: faultIn(row, t),
    subject: isOwn ? '' : subjectText(row, names, titles, t),
    href: isOwn ? null : subjectHref(row, there),
    details: Object.entries(row.details).map(([name, value]) => [name, String(value)] as const),
  }
}

/** Why it failed, with the page of that fault, or why it was denied; null if that has no words. */
function faultIn({ result, details }: AuditRow, t: Translator<'activity'>) {
  const { code, reason } = details
  if (typeof code === 'string' && isDiagnosisCode(code))
    return { title: faultTitle(code, t.locale), href: helpPath(code) }
  const title = result === 'refused' ? t.lookUp(`reason.${reason}`) : null
  return title === null ? null : { title, href: null }
}
