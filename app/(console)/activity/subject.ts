import type { AuditRow } from '@/lib/audit/log'
import type { Words } from '@/lib/kernel/words'

/** Addresses by the operator's id. */
export type OperatorNames = ReadonlyMap<string, string>

const OPERATOR = 'operator:'
/** There is one mail server so far; its id says nothing. */
const ONLY_ID = 'default'

/** The accounts' own addresses; for an account that is gone, what the rows beside each other tell of it. */
export function operatorNames(
  operators: readonly { id: string; email: string }[],
  rows: readonly AuditRow[],
): OperatorNames {
  const names = new Map<string, string>()
  for (const { actorKind, actorId, actorName, subject, details } of rows) {
    if (actorKind === 'operator' && actorId !== null) names.set(actorId, actorName)
    if (subject?.startsWith(OPERATOR) && typeof details.email === 'string')
      names.set(subject.slice(OPERATOR.length), details.email)
  }
  for (const { id, email } of operators) names.set(id, email)
  return names
}

/** `mail-server:<id>` in words: the kind of thing, and its id; an operator by address. */
export function subjectText({ subject }: AuditRow, names: OperatorNames, t: Words): string {
  if (subject === null) return t('row.noSubject')
  const [, kind = '', id = ''] = /^([a-z-]+)(?::(.*))?$/.exec(subject) ?? []
  if (kind === '' || !t.has(`subject.${kind}`)) return subject
  const which = subject.startsWith(OPERATOR) ? (names.get(id) ?? id) : id === ONLY_ID ? '' : id
  return `${t(`subject.${kind}`)} ${which}`.trim()
}
