import type { AuditRow } from '@/lib/audit/log'
import type { Words } from '@/lib/kernel/words'

/** Addresses by the operator's id, names by the mail server's. */
export type KnownNames = ReadonlyMap<string, string>

const OPERATOR = 'operator:'
const MAIL_SERVER = 'mail-server:'
/** Rows from the time of one mail server. */
const ONLY_ID = 'default'

/** What is there by its own name; for what is gone, what the rows beside each other tell of it. One mail server needs no name. */
export function knownNames(
  {
    operators,
    servers,
  }: { operators: readonly { id: string; email: string }[]; servers: readonly { id: string; name: string }[] },
  rows: readonly AuditRow[],
): KnownNames {
  const names = new Map<string, string>()
  for (const { actorKind, actorId, actorName, subject, details } of rows) {
    if (actorKind === 'operator' && actorId !== null) names.set(actorId, actorName)
    if (subject?.startsWith(OPERATOR) && typeof details.email === 'string')
      names.set(subject.slice(OPERATOR.length), details.email)
    if (subject?.startsWith(MAIL_SERVER) && typeof details.name === 'string')
      names.set(subject.slice(MAIL_SERVER.length), details.name)
  }
  for (const { id, email } of operators) names.set(id, email)
  for (const { id, name } of servers) names.set(id, servers.length > 1 ? name : '')
  return names
}

/** `mail-server:<id>` in words: the kind of thing, and its name, or its id; an operator by address. */
export function subjectText({ subject }: AuditRow, names: KnownNames, t: Words): string {
  if (subject === null) return t('row.noSubject')
  const [, kind = '', id = ''] = /^([a-z-]+)(?::(.*))?$/.exec(subject) ?? []
  if (kind === '' || !t.has(`subject.${kind}`)) return subject
  const which = id === ONLY_ID ? '' : (names.get(id) ?? id)
  return `${t(`subject.${kind}`)} ${which}`.trim()
}
