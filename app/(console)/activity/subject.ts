import {
  ALERTS_PATH,
  APPLICATIONS_PATH,
  BASIC_AUTH_PATH,
  CALENDAR_PATH,
  clientPath,
  credentialPath,
  LEARNING_PATH,
  MAIL_SERVERS_PATH,
  mailServerPath,
  messagePath,
  operatorPath,
  POLICY_PATH,
  REMINDERS_PATH,
  RETENTION_PATH,
  SYSTEM_PATH,
  senderPath,
} from '@/app/paths'
import type { Alert } from '@/lib/alerts/store'
import { alertTitle } from '@/lib/alerts/text'
import type { AuditRow } from '@/lib/audit'
import { slotBefore } from '@/lib/credentials/slot-before'
import type { NamedCredential } from '@/lib/credentials/store/credentials'
import { type Locale, type Translator, translatorFor } from '@/lib/i18n/translations'
import { CREDENTIAL_KINDS } from '@/lib/kernel/credential-kind'

type Subject = Pick<AuditRow, 'subject' | 'details'>

/** Email addresses by operator id, names by id of a mail server, channel, client or calendar feed. */
export type KnownNames = ReadonlyMap<string, string>

/** The whole name by subject, of those that are known by more than a name, at the time of an entry: "Client secret of Finance (current)". */
export type SubjectTitles = ReadonlyMap<string, (at: Date) => string>

/** Kinds of subjects whose entries have their name. */
const NAMED = ['operator', 'mail-server', 'channel', 'client', 'calendar']
/** Ids of things that exist once, so the kind names them. `default` is from rows written while there was one mail server. */
const ONLY_IDS = ['default', 'credentials', 'messages', 'settings', 'report']

/** Splits `mail-server:<id>` into kind and id. Something that exists once has no id. */
function partsOf(subject: string | null): { kind: string; id: string } {
  const [, kind = '', id = ''] = /^([a-z-]+)(?::(.*))?$/.exec(subject ?? '') ?? []
  return { kind, id }
}

/** Names of everything that exists; for what was removed, the name that other rows mention. */
export function knownNames(
  known: {
    operators: readonly { id: string; email: string }[]
    servers: readonly { id: string; name: string }[]
    clients: KnownNames
  },
  rows: readonly AuditRow[],
): KnownNames {
  const { operators, servers, clients } = known
  const names = new Map<string, string>()
  for (const { action, actorKind, actorId, actorName, subject, details } of rows) {
    // This one has the name of its channel.
    if (action === 'reminder.send') continue
    if (actorKind === 'operator' && actorId !== null) names.set(actorId, actorName)
    const { kind, id } = partsOf(subject)
    const name = kind === 'operator' ? details.email : (details.name ?? details.client)
    if (typeof name === 'string' && NAMED.includes(kind)) names.set(id, name)
  }
  for (const [id, name] of clients) names.set(id, name)
  for (const { id, email } of operators) names.set(id, email)
  for (const { id, name } of servers) names.set(id, name)
  return names
}

/** A replacement is known by its mail server, which its entries name. */
const replacedAt = ({ subject, details }: Subject): string | null =>
  partsOf(subject).kind === 'rotation' && typeof details.mailServer === 'string' ? details.mailServer : null

const idsIn = (rows: readonly Subject[], wanted: string): string[] =>
  rows.map(({ subject }) => partsOf(subject)).flatMap(({ kind, id }) => (kind === wanted ? id : []))

/** The credentials, alerts, messages, clients and operators that these rows are about. The mail server of a replacement is there for its credentials. */
export const subjectsIn = (rows: readonly Subject[]) => ({
  credentials: [...new Set([...idsIn(rows, 'credential'), ...rows.flatMap((row) => replacedAt(row) ?? [])])],
  alerts: [...new Set(idsIn(rows, 'alert'))],
  messages: [...new Set(idsIn(rows, 'message'))],
  clients: [...new Set(idsIn(rows, 'client'))],
  operators: [...new Set(idsIn(rows, 'operator'))],
})

/** What credentials, alerts and messages are called. A credential that was discarded is in no table, but one of its entries has its kind. */
export function titlesOf(
  rows: readonly Subject[],
  known: {
    credentials: readonly NamedCredential[]
    alerts: readonly Pick<Alert, 'id' | 'kind' | 'details'>[]
    messages: readonly { id: string; subject: string }[]
  },
  locale: Locale,
): SubjectTitles {
  const t = translatorFor(locale, 'credentials')
  const titles = new Map<string, (at: Date) => string>()
  for (const { subject, details } of rows) {
    // The entry of a reminder names the kind of its channel.
    const kind = CREDENTIAL_KINDS.find((known) => known === details.kind)
    if (subject && partsOf(subject).kind === 'credential' && kind) titles.set(subject, () => t(`kind.${kind}`))
  }
  for (const { id, kind, mailServer, ...dates } of known.credentials) {
    const about = { kind: t(`kind.${kind}`), server: mailServer.name }
    titles.set(`credential:${id}`, (at) => {
      const slot = slotBefore(dates, at)
      return slot === null ? t('nameAlone', about) : t('name', { ...about, slot: t(`slot.${slot}`) })
    })
  }
  const kinds = translatorFor(locale, 'activity')
  const alert = kinds('subject.alert')
  for (const each of known.alerts) titles.set(`alert:${each.id}`, () => `${alert}: ${alertTitle(each, locale)}`)
  for (const { id, subject } of known.messages) {
    const title = subject || translatorFor(locale, 'messages')('noSubject')
    titles.set(`message:${id}`, () => `${kinds('subject.message')}: ${title}`)
  }
  return titles
}

/** The kind of the subject with its name, or with its id if no name is known. An operator is named by email address. */
export function subjectText(
  { at, subject, details }: AuditRow,
  names: KnownNames,
  titles: SubjectTitles,
  t: Translator<'activity'>,
): string {
  if (subject === null) return ''
  const title = titles.get(subject)
  if (title !== undefined) return title(at)
  const { kind } = partsOf(subject)
  const id = replacedAt({ subject, details }) ?? partsOf(subject).id
  const kindText = t.lookUp(`subject.${kind}`)
  if (kind === '' || kindText === null) return subject
  const which = kind === 'basic-auth-report' || ONLY_IDS.includes(id) ? '' : (names.get(id) ?? id)
  return `${kindText} ${which}`.trim()
}

/** The pages of subjects that have no page to themselves. */
const PAGES: ReadonlyMap<string, string> = new Map([
  ['policy', POLICY_PATH],
  ['app-credential', APPLICATIONS_PATH],
  ['tenant', APPLICATIONS_PATH],
  ['calendar', CALENDAR_PATH],
  ['basic-auth-report', BASIC_AUTH_PATH],
  ['learning', LEARNING_PATH],
  ['alert', ALERTS_PATH],
  ['alerts', ALERTS_PATH],
  ['channel', REMINDERS_PATH],
  ['watch', REMINDERS_PATH],
  ['weekly', REMINDERS_PATH],
  ['retention', RETENTION_PATH],
  ['organisation', SYSTEM_PATH],
])

export function subjectHref(
  { subject, details }: Subject,
  there: {
    servers: readonly string[]
    /** Also the mail servers that have a current or a next one. */
    credentials: readonly string[]
    messages: readonly string[]
    /** Whose pages the reader may see. */
    operators: readonly string[]
  },
): string | null {
  const { kind, id } = partsOf(subject)
  const isOne = there.servers.length === 1
  const isThere = (server: string) => there.servers.includes(server)
  switch (kind) {
    case 'mail-server':
      if (isOne && ONLY_IDS.includes(id)) return MAIL_SERVERS_PATH
      if (!isThere(id)) return null
      return isOne ? MAIL_SERVERS_PATH : mailServerPath(id)
    case 'sender': {
      const server = typeof details.server === 'string' ? details.server : null
      if (there.servers.length === 0 || (server !== null && !isThere(server))) return null
      return senderPath({ address: id, server: isOne ? null : server })
    }
    case 'message':
      return there.messages.includes(id) ? messagePath(id) : null
    case 'credential':
      return there.credentials.includes(id) ? credentialPath(id) : null
    case 'rotation': {
      const server = replacedAt({ subject, details })
      return server !== null && there.credentials.includes(server) ? credentialPath(server) : null
    }
    case 'client':
      return clientPath(id)
    case 'operator':
      return there.operators.includes(id) ? operatorPath(id) : null
    default:
      return PAGES.get(kind) ?? null
  }
}
