import { reasonPath, resumedAt } from '@/app/(console)/_shell/mail-card'
import { causeOf } from '@/app/(console)/messages/fault-of'
import { cappedCount, inSentence } from '@/app/(console)/messages/labels'
import { pauseText, sinceText } from '@/app/(console)/messages/pause-text'
import { FROM_SERVER, messagesHref, NO_CONDITIONS } from '@/app/(console)/messages/query'
import {
  ALERTS_PATH,
  credentialPath,
  MESSAGES_PATH,
  mailServerPath,
  REMINDERS_PATH,
  resetClientPath,
  SYSTEM_PATH,
  withQuery,
} from '@/app/paths'
import { ButtonLink } from '@/components/button'
import { ButtonForm } from '@/components/button-form'
import type { IconName } from '@/components/icon'
import type { Task } from '@/components/tasks'
import { may } from '@/lib/access/permissions'
import { alertAdvice, alertTitle } from '@/lib/alerts/text'
import { hasWrongDate } from '@/lib/credentials/expiry'
import type { Warning } from '@/lib/credentials/reminders/warnings'
import { faultTitle } from '@/lib/diagnosis'
import { type Translator, translatorFor, type ViewContext } from '@/lib/i18n/translations'
import { DAY_MS, type Role } from '@/lib/kernel'
import { RECIPIENTS_A_DAY_MAX } from '@/lib/outbox/delivery/limits'
import { COUNTED_MAX } from '@/lib/outbox/message'
import type { FailureGroup } from '@/lib/outbox/store/failures'
import { resumeAction } from '../messages/actions'
import { type Attention, isUseless, type ServerFacts } from './attention'
import { silentValues } from './silent-process'

export interface TaskContext extends ViewContext<'overview'> {
  role: Role
  /** All failed messages that were not dismissed, by cause. */
  groups: readonly FailureGroup[]
  servers: readonly ServerFacts[]
  messages: Translator<'messages'>
  people: Translator<'people'>
}

interface Line {
  icon: IconName
  title: string
  detail: string
  href: string
  action: string
  /** Id of the mail server that the button resumes, in place of a link. */
  resumes?: string
}

/** What each entry says: the mail server, the consequence and the date, and the one button that deals with it. */
export function tasksOf(entries: readonly Attention[], context: TaskContext): Task[] {
  return entries.map((entry, place) => {
    const { icon, title, detail, href, action, resumes } = lineOf(entry, context)
    const [kind, label] = [place === 0 ? ('primary' as const) : ('secondary' as const), `${action}: ${title}`]
    return {
      key: `${entry.kind} ${title}`,
      tone: entry.tone,
      icon,
      title,
      detail,
      action: resumes ? (
        <ButtonForm
          action={resumeAction}
          hidden={{ back: FROM_SERVER, server: resumes }}
          kind={kind}
          aria-label={label}
          text={action}
        />
      ) : (
        <ButtonLink kind={kind} label={label} href={href} text={action} />
      ),
    }
  })
}

/** Kinds for which the catalogue has one title, one detail and one button each. */
type PlainKind = Exclude<Attention['kind'], 'paused' | 'failing' | 'credential' | 'failed' | 'alert'>

function lineOf(entry: Attention, context: TaskContext): Line {
  const { t, people } = context
  const plain = (key: PlainKind, icon: IconName, href: string, values = {}): Line => ({
    icon,
    href,
    title: t(`tasks.${key}.title`, values),
    detail: t(`tasks.${key}.detail`, values),
    action: t(`tasks.${key}.action`),
  })
  switch (entry.kind) {
    case 'keys':
      return plain('keys', 'warning', `${SYSTEM_PATH}#keys`)
    case 'paused':
      return pausedLine(entry, context)
    case 'failing':
      return failingLine(entry.server, t)
    case 'not-verified': {
      const line = plain('not-verified', 'info', mailServerPath(entry.server.mailServerId), {
        server: entry.server.name,
      })
      return may(context.role, 'mail-server:test') ? line : { ...line, action: t('tasks.state.action') }
    }
    case 'state':
      return plain('state', 'info', mailServerPath(entry.server.mailServerId), { server: entry.server.name })
    case 'silent':
      return plain('silent', 'warning', `${SYSTEM_PATH}#processes`, silentValues(entry.pulse, people))
    case 'credential':
      return credentialLine(entry.warning, context)
    case 'failed':
      return failedLine(entry.count, context)
    case 'held':
      return plain('held', 'pause', withQuery(MESSAGES_PATH, { view: 'held' }), { count: entry.count })
    case 'waiting': {
      const { code, count } = entry.fault
      const values = { count, countShown: cappedCount(count, t), cause: faultTitle(code, t.locale) }
      return plain('waiting', 'clock', messagesHref({ ...NO_CONDITIONS, view: 'waiting', fault: code }), values)
    }
    case 'unconfirmed':
      return plain('unconfirmed', 'clock', withQuery(MESSAGES_PATH, { view: 'waiting' }), entry)
    case 'reminders-given-up':
      return plain('reminders-given-up', 'bell', `${REMINDERS_PATH}#sent`, { count: entry.count })
    case 'unreminded': {
      const line = plain('unreminded', 'bell', `${REMINDERS_PATH}#add`, { count: entry.count })
      return may(context.role, 'credentials:write') ? line : { ...line, action: t('tasks.reminders-given-up.action') }
    }
    case 'undated': {
      const { id, slot, mailServer } = entry.credential
      const values = { server: mailServer.name, slot }
      const line = plain('undated', 'calendar', `${credentialPath(id)}#edit`, values)
      return may(context.role, 'credentials:write') ? line : { ...line, action: t('tasks.credential.see') }
    }
    case 'alert': {
      const [title, detail] = [alertTitle(entry.alert, t.locale), alertAdvice(entry.alert, t.locale)]
      return { icon: 'bell', title, detail, href: ALERTS_PATH, action: t('tasks.alert.action') }
    }
    case 'recipients': {
      const { mailbox, recipientsLastDay: used } = entry.use
      return plain('recipients', 'warning', '#servers', { mailbox, used, limit: RECIPIENTS_A_DAY_MAX })
    }
  }
}

/** Mail servers in one sentence. The list below has all of them. */
const NAMED_MAX = 3

function pausedLine(entry: Extract<Attention, { kind: 'paused' }>, context: TaskContext): Line {
  const { server, pause, warning, names } = entry
  const { role, servers, messages, t } = context
  const { name, mailServerId, failover } = server
  const paused = { name, failover, ...pause, isNamed: servers.length > 1 }
  const { title, detail } = pauseText(paused, messages, names.length)
  const line = { icon: pause.code === null ? ('pause' as const) : ('warning' as const), title, detail }
  if (warning) {
    const { isPast, expiresAt } = warning
    const expiry = isPast && expiresAt ? ` ${t('tasks.credential.expiryDate', { date: t.date(expiresAt) })}` : ''
    const action = credentialAction(warning, context)
    // The title says what to replace, and several mail servers may wait for the same.
    const since = failover === null && servers.length > 1 ? sinceText(paused, messages) : detail
    return { ...line, detail: since + expiry, href: credentialHref(warning), action }
  }
  const toMessages = { href: MESSAGES_PATH, action: messages('paused.whatToDo') }
  if (names.length > 1) {
    const more = names.length - NAMED_MAX
    const named = more > 1 ? [...names.slice(0, NAMED_MAX), t('tasks.pausedMore', { count: more })] : names
    return { ...line, ...toMessages, detail: `${t.joined(named)}. ${detail}` }
  }
  if (pause.code !== null) return { ...line, ...toMessages }
  const href = mailServerPath(mailServerId)
  return may(role, 'mail-server:write')
    ? { ...line, href, action: messages('paused.resume'), resumes: mailServerId }
    : { ...line, href, action: messages('paused.toServer') }
}

function failingLine({ name, mailServerId, failing }: ServerFacts, t: Translator<'overview'>): Line {
  const cause =
    failing && failing.kind !== 'paused' ? translatorFor(t.locale, 'mail-server')(`failing.${failing.kind}`) : ''
  const isTest = failing?.kind === 'test'
  const link = { href: reasonPath({ mailServerId, failing }), action: t('tasks.failing.action') }
  if (resumedAt({ failing })) {
    const title = t('tasks.failing.resumed', { server: name })
    return { icon: 'clock', title, detail: t('tasks.failing.resumedDetail'), ...link }
  }
  return {
    icon: 'warning',
    title: t(isTest ? 'tasks.failing.tested' : 'tasks.failing.title', { server: name }),
    detail: isTest ? t('tasks.failing.testedDetail') : cause,
    ...link,
  }
}

function credentialLine(warning: Warning, context: TaskContext): Line {
  const { role, t, now } = context
  const { kind, holderName: server, slot, expiresAt, isPast } = warning
  const values = { server, kind: t(`tasks.kind.${kind}`), day: expiresAt ? t.onDay(expiresAt, now) : '' }
  if (hasWrongDate(warning))
    return {
      icon: 'calendar',
      title: t('tasks.credential.wrongDate', values),
      detail: t('tasks.credential.wrongDateDetail', values),
      href: `${credentialPath(warning.holderId)}#edit`,
      action: t(may(role, 'credentials:write') ? 'tasks.undated.action' : 'tasks.credential.see'),
    }
  const isDead = isUseless(warning)
  const ahead = slot === 'next' ? 'nextExpires' : 'expires'
  const past = isPast ? 'expired' : 'rejected'
  return {
    icon: isDead ? 'warning' : 'clock',
    title: t(`tasks.credential.${isDead ? past : ahead}`, values),
    detail: consequence(warning, context),
    href: credentialHref(warning),
    action: credentialAction(warning, context),
  }
}

/** What happens without this credential, or that the next one is ready. */
function consequence(warning: Warning, { t, servers }: TaskContext): string {
  const { kind, holderId, holderName: server, slot, state, expiresAt, nextIsVerified, fallbackUntil } = warning
  const isDead = isUseless(warning)
  const date = expiresAt ? t.date(expiresAt) : ''
  if (nextIsVerified) return isDead ? t('tasks.credential.readyNow') : t('tasks.credential.ready', { date })
  if (kind === 'api-key') return t(isDead ? 'tasks.credential.keyOver' : 'tasks.credential.keyStops', { date })
  if (slot === 'next') return t('tasks.credential.next')
  const backup = servers.find(({ mailServerId }) => mailServerId === holderId)?.failover ?? null
  if (backup !== null) return t('tasks.credential.failover', { backup, server })
  if (fallbackUntil !== null) return t('tasks.credential.fallback', { date: t.date(fallbackUntil) })
  if (isDead) return t(state === 'refused' ? 'tasks.credential.untilReplaced' : 'tasks.credential.noMail', { server })
  return t('tasks.credential.stops', { server })
}

/** A password has no slots: it is replaced where the mail server is set up. A key is replaced at its client. */
function credentialHref({ kind, credentialId, holderId }: Warning): string {
  if (kind === 'api-key') return resetClientPath(credentialId)
  return kind === 'smtp-password' ? mailServerPath(holderId) : credentialPath(holderId)
}

const ACTION_KIND: Partial<Record<Warning['kind'], string>> = { 'smtp-password': 'password', 'api-key': 'key' }

function credentialAction({ kind, nextIsVerified, fallbackUntil }: Warning, { role, t }: TaskContext): string {
  if (!may(role, 'credentials:write')) return t('tasks.credential.see')
  if (nextIsVerified) return t('tasks.credential.makeCurrent')
  if (fallbackUntil !== null) return t('tasks.credential.goBack')
  return t('tasks.credential.replace', { kind: ACTION_KIND[kind] ?? kind })
}

function failedLine(count: number, context: TaskContext): Line {
  const { groups, now, t, messages } = context
  const oldest = groups.reduce((at, { oldestAt }) => Math.min(at, oldestAt.getTime()), now.getTime())
  // Only the newest are counted and grouped, and there may be older ones.
  const isCapped = count >= COUNTED_MAX
  const isRecent = !isCapped && oldest >= now.getTime() - DAY_MS
  const countText = (number: number) => `${t.number(number)}${isCapped ? '+' : ''}`
  const period = isRecent ? 'today' : 'earlier'
  const [largest] = groups
  const cause = largest ? causeOf(largest, messages) : ''
  const same = largest?.count ?? 0
  return {
    icon: 'messages',
    title: t(`tasks.failed.${isCapped ? 'many' : period}`, { count, date: t.date(new Date(oldest)) }),
    detail:
      same < 2
        ? t('tasks.failed.one', { cause })
        : t(same === count && !isCapped ? 'tasks.failed.all' : 'tasks.failed.some', {
            same: countText(same),
            cause: inSentence(cause, t),
          }),
    href: messagesHref({ ...NO_CONDITIONS, view: 'failed', time: isRecent ? 'day' : 'all' }),
    action: t('tasks.failed.action', { count, countText: countText(count) }),
  }
}
