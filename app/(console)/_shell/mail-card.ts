import {
  credentialPath,
  MAIL_SERVERS_PATH,
  MESSAGES_PATH,
  mailServerPath,
  messagePath,
  SET_UP_PATH,
  testReportPath,
} from '@/app/paths'
import type { Warning } from '@/lib/credentials/reminders/warnings'
import type { ViewContext } from '@/lib/i18n/translations'
import type { MailFacts, OwnResult } from '@/lib/mail-server/read-status'
import type { ListedServer } from '@/lib/mail-server/servers'
import type { DeliveryNow } from '@/lib/mail-server/store/pauses'

export type CardState =
  | 'not-set-up'
  | 'failing'
  | 'resumed'
  | 'paused'
  | 'failover'
  | 'fallback'
  | 'unverified'
  | 'delivering'

/** A mail server that delivers, or would if another one failed. */
export type ServerNow = Pick<DeliveryNow, 'mailServerId' | 'name' | 'pause' | 'failover'> &
  Pick<MailFacts, 'state' | 'failing' | 'ownResult'>

/** A failover server that has taken over and fails as well delivers for none, which only the facts know. */
export const serverNow = (
  { id: mailServerId, name, pause }: Pick<ListedServer, 'id' | 'name' | 'pause'>,
  { state, failing, failover, ownResult }: Pick<MailFacts, 'state' | 'failing' | 'failover' | 'ownResult'>,
): ServerNow => ({ mailServerId, name, pause, state, failing, failover, ownResult })

export interface MailCard {
  state: CardState
  /** The mail servers that the state is about; null if there is only one, or if it is about all. */
  server: string | null
  failingIds: readonly string[]
  /** The name of the failover server, or of the person who paused; null in other states. */
  name: string | null
  since: Date | null
  /** What failed last, if that is why mail is failing. */
  failed: OwnResult | null
  href: string
  /** The page that says why, if mail is failing or paused. */
  reason: string
  /** Whether no mail leaves at all. A test that failed alone does not show that. */
  isStopped: boolean
  /** When delivery was resumed, if no attempt has shown since whether any mail leaves. */
  resumedAt: Date | null
}

const WORST: readonly CardState[] = ['failing', 'resumed', 'paused', 'failover', 'fallback']

/** The worst state that affects mail, of all mail servers. One that is not verified yet counts only if none delivers. */
export function mailCardOf(servers: readonly ServerNow[], warnings: readonly Warning[]): MailCard {
  const none = { server: null, name: null, since: null, failed: null, resumedAt: null }
  const rest = { ...none, failingIds: [], reason: '', isStopped: false }
  if (servers.length === 0) return { ...rest, state: 'not-set-up', href: SET_UP_PATH }
  for (const state of WORST) {
    const server = servers.find((each) => cardStateOf(each) === state)
    if (!server) continue
    const failing = server.state === 'failing' ? servers.filter((each) => each.state === 'failing') : []
    return {
      ...rest,
      ...cardOf(server, state, warnings),
      failingIds: failing.map(({ mailServerId }) => mailServerId),
      ...attemptsOf(servers),
      server: servers.length > 1 ? failing.map(({ name }) => name).join(', ') || server.name : null,
    }
  }
  if (servers.some((each) => cardStateOf(each) === 'delivering'))
    return { ...rest, state: 'delivering', href: MESSAGES_PATH }
  const [first] = servers
  return { ...rest, state: 'unverified', href: first ? mailServerPath(first.mailServerId) : MAIL_SERVERS_PATH }
}

/** The page that says why a mail server sends nothing, and what to do. Why one is paused is said where its messages wait. */
export function reasonPath({ mailServerId, failing }: Pick<ServerNow, 'mailServerId' | 'failing'>): string {
  switch (failing?.kind) {
    case 'delivery':
      return messagePath(failing.evidenceId)
    case 'test':
      return testReportPath(failing.evidenceId)
    case 'credential-refused':
      return credentialPath(mailServerId)
    case 'unreadable':
      return mailServerPath(mailServerId)
    default:
      return MESSAGES_PATH
  }
}

type Attempts = Pick<ServerNow, 'pause' | 'failover' | 'failing'>

/**
 * Whether a mail server sends nothing, and no failover server in its place. After a failed test alone, and after a person has resumed delivery,
 * mail is attempted all the same.
 */
export const isStopped = (server: Attempts): boolean =>
  server.failover === null &&
  (server.pause !== null || (server.failing !== null && server.failing.kind !== 'test' && !resumedAt(server)))

/** When a mail server was resumed that fails or works, which its next attempt shows. */
export const resumedAt = ({ failing }: Pick<ServerNow, 'failing'>): Date | null =>
  failing?.kind === 'delivery' ? (failing.resumedAt ?? null) : null

function attemptsOf(servers: readonly Attempts[]) {
  const [first = null] = servers.flatMap((server) => resumedAt(server) ?? [])
  const isUnknown = servers.every((server) => isStopped(server) || resumedAt(server))
  return { isStopped: servers.every(isStopped), resumedAt: isUnknown ? first : null }
}

/** @param next when the first message is attempted; in the past if it is being attempted, null if none waits */
export function resumedText(at: Date, next: Date | null, { now, t }: ViewContext<'shell'>): string {
  const resumed = t('resumed', { day: t.onDay(at, now), time: t.clockTime(at) })
  if (next === null) return `${resumed} ${t('resumedIdle')}`
  return `${resumed} ${next > now ? t('resumedUntil', { time: t.clockTime(next) }) : t('resumedNow')}`
}

function cardStateOf(server: ServerNow): CardState {
  const { state, pause } = server
  if (state === 'failing' && resumedAt(server)) return 'resumed'
  if (state === 'off') return pause ? 'paused' : 'unverified'
  return state === 'expiring' ? 'delivering' : state
}

function cardOf(server: ServerNow, state: CardState, warnings: readonly Warning[]) {
  const { mailServerId, pause, failover, failing, ownResult } = server
  if (state === 'fallback') {
    const warning = warnings.find((each) => each.holderId === mailServerId && each.refusedAt !== null)
    return { state, since: warning?.refusedAt ?? null, href: credentialPath(mailServerId) }
  }
  const isCause = failing !== null && 'evidenceId' in failing && failing.evidenceId === ownResult?.evidenceId
  return {
    state,
    name: state === 'paused' ? (pause?.by ?? null) : failover,
    since: pause?.at ?? null,
    href: mailServerPath(mailServerId),
    reason: reasonPath(server),
    ...(state === 'failing' && { failed: isCause ? ownResult : null }),
  }
}

/** Credentials that need a person within a week, or that Entra rejects. */
export const urgentCredentials = (warnings: readonly Warning[]): number =>
  warnings.filter(({ state }) => state !== 'soon').length
