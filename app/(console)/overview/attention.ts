import { isStopped } from '@/app/(console)/_shell/mail-card'
import { cappedCount, inSentence, minutesSince } from '@/app/(console)/messages/labels'
import { pauseTone } from '@/app/(console)/messages/pause-text'
import type { Alert } from '@/lib/alerts/store'
import { plannedChannels, reachAmong } from '@/lib/credentials/reminders/plan'
import type { Warning } from '@/lib/credentials/reminders/warnings'
import type { CredentialView, ExpiringView } from '@/lib/credentials/views'
import { faultTitle } from '@/lib/diagnosis/fault-title'
import type { ViewContext } from '@/lib/i18n/translations'
import { type FailingCause, groupBy } from '@/lib/kernel'
import type { MailState } from '@/lib/mail-server/status'
import type { DeliveryNow } from '@/lib/mail-server/store/pauses'
import { LIMIT_WARNED_FROM, RECIPIENTS_A_DAY_MAX } from '@/lib/outbox/delivery/limits'
import type { WaitingFault } from '@/lib/outbox/store/failures'
import type { MessageCounts, Unconfirmed } from '@/lib/outbox/store/messages'
import type { MailboxUse } from '@/lib/outbox/store/traffic'
import type { SilentProcess } from './silent-process'

export interface ServerFacts extends DeliveryNow {
  state: MailState
  failing: FailingCause | null
  /** A test or a delivery has shown that its settings work. */
  isVerified: boolean
  /** It delivers, or would if another one failed. */
  isInUse: boolean
}

export interface AttentionFacts {
  servers: readonly ServerFacts[]
  keysSound: boolean
  /** Processes and schedules that have stopped reporting. */
  silent: readonly SilentProcess[]
  warnings: readonly Warning[]
  counts: Pick<MessageCounts, 'failed' | 'held'>
  unconfirmed: Unconfirmed
  /** Why waiting messages are rejected at each attempt until a person repairs it. */
  waitingFault: WaitingFault | null
  now: Date
  remindersGivenUp: number
  /** Client secrets of which no expiry date is known. */
  undated: readonly CredentialView[]
  /** Expiry dates that no channel gets reminders of. */
  unreminded: number
  use: readonly MailboxUse[]
  /** Open alerts of conditions that no other entry is about, unless a person has acknowledged them. */
  alerts: readonly Alert[]
}

export type Attention = { tone: 'bad' | 'warn' } & (
  | { kind: 'keys' }
  /** `warning` is about its credential, if that is the cause. `names` are of all mail servers that the entry is about. */
  | {
      kind: 'paused'
      server: ServerFacts
      pause: NonNullable<DeliveryNow['pause']>
      warning: Warning | null
      names: readonly string[]
    }
  | { kind: 'failing' | 'not-verified' | 'state'; server: ServerFacts }
  | { kind: 'silent'; pulse: AttentionFacts['silent'][number] }
  | { kind: 'credential'; warning: Warning }
  | { kind: 'failed' | 'held' | 'reminders-given-up' | 'unreminded'; count: number }
  | { kind: 'waiting'; fault: WaitingFault }
  | { kind: 'undated'; credential: CredentialView }
  | { kind: 'unconfirmed'; count: number; minutes: number }
  | { kind: 'recipients'; use: MailboxUse }
  | { kind: 'alert'; alert: Alert }
)

/** What needs attention, worst first. Empty if nothing does, and then every mail server that is in use delivers. */
export function attentionOf(facts: AttentionFacts): Attention[] {
  const { servers, keysSound, silent, warnings, counts, remindersGivenUp, undated, unconfirmed, now, use } = facts
  const keys = when(!keysSound, { kind: 'keys', tone: 'bad' })
  if (servers.length === 0) return keys
  const explained = new Set<Warning>()
  const ofServers = servers.flatMap((server): Attention[] => {
    const warning = warnings.find((each) => each.holderId === server.mailServerId && isDead(each)) ?? null
    const entries = ofServer(server, warning, keysSound)
    for (const entry of entries) if (entry.kind === 'paused' && entry.warning) explained.add(entry.warning)
    return entries
  })
  const { count, since } = unconfirmed
  const waiting = facts.waitingFault
  const isPause = ofServers.some((entry) => entry.kind === 'paused' && entry.pause.code === waiting?.code)
  const failoverOf = (id: string) => servers.find(({ mailServerId }) => mailServerId === id)?.failover ?? null
  const entries: Attention[] = [
    ...keys,
    ...asOne(ofServers),
    ...silent.map((pulse): Attention => ({ kind: 'silent', pulse, tone: 'bad' })),
    ...warnings
      .filter((warning) => !explained.has(warning))
      .map(
        (warning): Attention => ({
          kind: 'credential',
          warning,
          tone: urgencyOf(warning, failoverOf(warning.holderId)),
        }),
      ),
    ...when(counts.failed > 0, { kind: 'failed', count: counts.failed, tone: 'bad' }),
    ...when(remindersGivenUp > 0, { kind: 'reminders-given-up', count: remindersGivenUp, tone: 'bad' }),
    ...(waiting && !isPause ? [{ kind: 'waiting', fault: waiting, tone: 'warn' } as const] : []),
    ...(since ? [{ kind: 'unconfirmed', count, minutes: minutesSince(since, now), tone: 'warn' } as const] : []),
    ...use
      .filter(({ recipientsLastDay }) => recipientsLastDay >= LIMIT_WARNED_FROM * RECIPIENTS_A_DAY_MAX)
      .map((each): Attention => ({ kind: 'recipients', use: each, tone: 'warn' })),
    ...undated.map((credential): Attention => ({ kind: 'undated', credential, tone: 'warn' })),
    ...when(facts.unreminded > 0, { kind: 'unreminded', count: facts.unreminded, tone: 'warn' }),
    ...facts.alerts.map((alert): Attention => ({ kind: 'alert', alert, tone: 'bad' })),
    ...when(counts.held > 0, { kind: 'held', count: counts.held, tone: 'warn' }),
  ]
  const rest = servers.filter((server) => server.isInUse && server.state !== 'delivering')
  // The list is never empty while a mail server does not simply deliver.
  if (entries.length === 0) return rest.map((server): Attention => ({ kind: 'state', server, tone: 'warn' }))
  const isUsed = (id: string) => inUse(servers).some(({ mailServerId }) => mailServerId === id)
  const isFirst = (entry: Attention) => {
    if (entry.kind === 'credential') return isDead(entry.warning) && isUsed(entry.warning.holderId)
    return STOPPING.includes(entry.kind) && !('server' in entry && !entry.server.isInUse)
  }
  const isAllStopped = nothingIsSent(servers)
  const rank = (entry: Attention) => (isAllStopped && isFirst(entry) ? -1 : TONES.indexOf(entry.tone))
  return entries.sort((a, b) => rank(a) - rank(b))
}

const LISTS = ['credentials', 'alerts', 'mailboxes'] as const
/** What there may be hundreds of, by the list that has all of them. */
const LIST_OF: Partial<Record<Attention['kind'], (typeof LISTS)[number]>> = {
  credential: 'credentials',
  undated: 'credentials',
  alert: 'alerts',
  recipients: 'mailboxes',
}
const OF_LIST_MAX = 5

/** Without what is beyond the first entries of each list, and how many of each list are left out. */
export function boundedOf(entries: readonly Attention[]) {
  const late = LISTS.map((list) => entries.filter(({ kind }) => LIST_OF[kind] === list).slice(OF_LIST_MAX))
  const left = LISTS.map((list, index) => ({ list, count: late[index]?.length ?? 0 })).filter(({ count }) => count > 0)
  const hidden = new Set(late.flat())
  return { inView: entries.filter((entry) => !hidden.has(entry)), left }
}

const inUse = (servers: readonly ServerFacts[]) => servers.filter((server) => server.isInUse)

/** The mail servers in use that send nothing, and no failover server in their place. */
export const stoppedOf = (servers: readonly ServerFacts[]): ServerFacts[] => inUse(servers).filter(isStopped)

/** Whether that is all of them. */
export const nothingIsSent = (servers: readonly ServerFacts[]): boolean =>
  inUse(servers).length > 0 && inUse(servers).every(isStopped)

/** Whether mail is sent. A failure that was seen counts more than that nothing was verified. */
export function deliveryOf(servers: readonly ServerFacts[]): 'stopped' | 'delivering' | 'failing' | 'unverified' {
  if (nothingIsSent(servers)) return 'stopped'
  const used = inUse(servers)
  if (used.some((each) => each.isVerified && each.state !== 'failing' && !isStopped(each))) return 'delivering'
  return used.some(({ state }) => state === 'failing') ? 'failing' : 'unverified'
}

/** Whether mail is sent in spite of what needs attention. */
export function deliveryText(
  servers: readonly ServerFacts[],
  { now, t }: ViewContext<'overview'>,
  entries: readonly Attention[],
): string {
  const delivery = deliveryOf(servers)
  if (delivery === 'stopped') return t('answer.stopped')
  // Another worker may still send.
  if (entries.some((each) => each.kind === 'silent' && each.pulse.name === 'worker')) return t('answer.failing')
  const moved = servers.find(({ failover }) => failover !== null)
  const stopped = stoppedOf(servers)
  const without = { stopped: stopped.length, server: stopped[0]?.name ?? '' }
  if (!moved?.pause || moved.failover === null) return t(`answer.${delivery}`, without)
  const time = t.sinceTime(moved.pause.at, now)
  return t('answer.tookOver', { ...without, backup: moved.failover, failing: moved.name, time })
}

/** Exchange Online accepts 30 messages a minute from a mailbox, so the last of these waits for some minutes. */
export const MANY_WAITING = 100

/** Of many waiting messages, how old the oldest is; nothing if few wait. */
export const waitingText = (
  { waiting, oldestWaitsSince: at }: { waiting: number; oldestWaitsSince: Date | null },
  { now, t }: ViewContext<'overview'>,
): string => (at === null ? '' : ` ${t('answer.oldest', { count: waiting, since: t.sinceTime(at, now) })}`)

/** Why messages wait for another attempt, for which no person is needed. Nothing if each waits for its first one. */
export const retriedText = (fault: WaitingFault | null, { t }: Pick<ViewContext<'overview'>, 't'>): string => {
  if (!fault) return ''
  const { code, count } = fault
  const cause = inSentence(faultTitle(code, t.locale), t)
  return ` ${t('answer.retried', { count, countShown: cappedCount(count, t), cause })}`
}

/** Client secrets in use or prepared without an expiry date: they expire within two years, and no warning can be given. */
export const undatedOf = (views: readonly CredentialView[]): CredentialView[] =>
  views.filter(({ kind, slot, expiresAt }) => kind === 'client-secret' && slot !== 'previous' && expiresAt === null)

/** How many expiry dates of credentials in use or prepared, and of API keys, no person is reminded of. A client secret has one even if it is unknown. */
export function unremindedOf(
  views: readonly CredentialView[],
  keys: readonly { owners: string[]; count: number }[],
  channels: Parameters<typeof plannedChannels>[0],
): number {
  const planned = plannedChannels(channels)
  const dated = views.filter(
    ({ slot, expiresAt, kind }) => slot !== 'previous' && (expiresAt !== null || kind === 'client-secret'),
  )
  const all = [...dated.map(({ owners }) => ({ owners, count: 1 })), ...keys]
  return all.reduce((before, each) => before + (reachAmong(planned, each) === 0 ? each.count : 0), 0)
}

/** What expires later and is not a warning yet, soonest first. */
export const upcoming = (views: readonly ExpiringView[]): { view: ExpiringView; expiresAt: Date }[] =>
  views
    .flatMap((view) =>
      view.slot !== 'previous' && view.state === 'healthy' && view.expiresAt !== null
        ? [{ view, expiresAt: view.expiresAt }]
        : [],
    )
    .sort((a, b) => a.expiresAt.getTime() - b.expiresAt.getTime())

/** Paused mail servers of which the same is said are one entry, unless each has a credential to replace. */
function asOne(entries: readonly Attention[]): Attention[] {
  const groups = groupBy(entries, (entry) => {
    if (entry.kind !== 'paused' || entry.warning || entry.server.failover !== null) return entry
    return `${entry.pause.code} ${entry.pause.by} ${entry.server.isInUse}`
  })
  return [...groups.values()].map(([first, ...more]) => {
    if (first.kind !== 'paused' || more.length === 0) return first
    return { ...first, names: [first, ...more].flatMap((entry) => ('names' in entry ? entry.names : [])) }
  })
}

/** One entry at most: the cause, and not what follows from it. */
function ofServer(server: ServerFacts, warning: Warning | null, keysSound: boolean): Attention[] {
  const { pause, failover, state, isVerified, isInUse } = server
  if (pause) {
    const tone = pauseTone({ ...pause, failover })
    return [
      { kind: 'paused', server, pause, warning: pause.code === null ? null : warning, names: [server.name], tone },
    ]
  }
  if (!isInUse) return []
  if (state === 'failing') return when(keysSound && warning === null, { kind: 'failing', server, tone: 'bad' })
  return when(!isVerified && state !== 'failover', { kind: 'not-verified', server, tone: 'warn' })
}

export const isUseless = ({ state }: Warning): boolean => state === 'refused' || state === 'expired'

/** The credential in use no longer works, so it is why its mail server does not deliver. */
const isDead = (warning: Warning): boolean => warning.slot === 'current' && isUseless(warning)

/** There is time while mail is sent all the same, through the failover server or with the previous credential. */
const urgencyOf = ({ state, fallbackUntil }: Warning, failover: string | null): 'bad' | 'warn' =>
  state !== 'soon' && failover === null && fallbackUntil === null ? 'bad' : 'warn'

/** What stops all mail comes first, also if a person paused it on purpose: all other entries wait for it. */
const STOPPING: readonly Attention['kind'][] = ['keys', 'paused', 'failing']
const TONES: readonly Attention['tone'][] = ['bad', 'warn']
const when = (holds: boolean, attention: Attention): Attention[] => (holds ? [attention] : [])

/** A paused mail server and failed messages have entries that say more. */
const EXPLAINED: readonly Alert['kind'][] = ['server-paused', 'failures']

export const unexplained = (alerts: readonly Alert[]): Alert[] =>
  alerts.filter(({ kind, acknowledgedAt }) => acknowledgedAt === null && !EXPLAINED.includes(kind))
