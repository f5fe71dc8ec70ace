import { page } from '@/app/_server/page'
import { loadPart, PanelFailed, PartFailed } from '@/app/_server/part'
import { mailServers, savedServers, serversInUse, statusOf } from '@/app/_server/status'
import { serverNow } from '@/app/(console)/_shell/mail-card'
import { ALERTS_PATH, CREDENTIALS_PATH, SET_UP_PATH } from '@/app/paths'
import { Answer, type AnswerProps } from '@/components/answer'
import { ButtonLink } from '@/components/button'
import { Page } from '@/components/page'
import { Fold } from '@/components/panel'
import { Refresh } from '@/components/refresh'
import { type Task, TaskList } from '@/components/tasks'
import { TextLink } from '@/components/text'
import { may } from '@/lib/access/permissions'
import type { TextContext } from '@/lib/i18n/translations'
import { DAY_MS } from '@/lib/kernel'
import { areSound, keyStatus } from '@/lib/operations/rotate-keys'
import { overviewStatus } from '@/lib/operations/status'
import { totalOf } from '@/lib/outbox/traffic'
import { services } from '@/lib/services'
import { needsRepair } from '../messages/fault-of'
import {
  type Attention,
  attentionOf,
  boundedOf,
  deliveryText,
  MANY_WAITING,
  retriedText,
  type ServerFacts,
  undatedOf,
  unexplained,
  unremindedOf,
  upcoming,
  waitingText,
} from './attention'
import { ComingUp, comingUp } from './coming-up'
import { rowsOf, type ServerRow, ServersPart } from './servers-part'
import { type TaskContext, tasksOf } from './tasks'
import { TrafficPanel, type TrafficPeriod } from './traffic-panel'

const REFRESH_SECONDS = 15
/** More would not be an overview; the rest is folded. */
const TASKS_MAX = 5
/** Of API keys, which may be thousands. */
const KEYS_NEXT_MAX = 5

/** What needs attention, then what was sent, then each mail server with its limits, then what comes next. */
export default page('messages:read', 'overview', async ({ caller, now, t, texts, query }) => {
  const period: TrafficPeriod = query.time === 'month' ? 'month' : 'day'
  const { outbox } = services()
  const since = new Date(now.getTime() - (period === 'day' ? 1 : 30) * DAY_MS)
  const [messages, people, shell] = texts('messages', 'people', 'shell')
  const [servers, facts, use, traffic] = await Promise.all([
    serversNow(),
    loadPart('what needs attention', attentionFacts),
    loadPart('limits', () => outbox.mailboxUse()),
    loadPart('traffic', async () => {
      const [counts, sent] = await Promise.all([outbox.countsOf({ since }), outbox.traffic()])
      return { counts, sent }
    }),
  ])
  const entries = facts.ok ? attentionOf({ ...facts.value, servers, use: use.ok ? use.value : [], now }) : []
  const { inView, left } = boundedOf(entries)
  const groups = facts.ok ? facts.value.groups : []
  const views = facts.ok ? facts.value.views : []
  const coming = facts.ok ? upcoming([...views, ...facts.value.keys.next]) : []
  const view = { now, t }
  const waiting = facts.ok ? facts.value.counts.queued + facts.value.counts.sending : 0
  const oldest = facts.ok ? waitingText({ waiting, ...facts.value }, view) : ''
  const context = { role: caller.actor.role, groups, servers, messages, people, ...view }
  if (servers.length === 0) return <NotSetUp entries={entries} context={context} />
  const has = { traffic: traffic.ok, recipients: use.ok, credential: facts.ok }
  const limits = { use: use.ok ? use.value : [], traffic: traffic.ok ? traffic.value.sent : null }
  function answer(): AnswerProps {
    if (!facts.ok) return { tone: 'bad', title: t('answer.unknown'), detail: <PartFailed {...facts.error} /> }
    const count = entries.length
    if (count > 0) {
      const tone = entries.find((entry) => entry.tone === 'bad')?.tone ?? entries[0]?.tone ?? 'warn'
      const detail = deliveryText(servers, view, entries) + oldest
      return { tone, mark: count, title: t('answer.things', { count }), detail }
    }
    if (!traffic.ok || !use.ok)
      return { tone: 'warn', title: t('answer.incomplete'), detail: t('answer.incompleteDetail') }
    const clear = t('answer.clearDetail', {
      count: totalOf(traffic.value.sent.hours).delivered,
      waiting,
      month: coming[0] ? t.monthOf(coming[0].expiresAt, now) : 'none',
    })
    const detail = clear + oldest + retriedText(facts.value.mostFrequent, view)
    return { tone: 'good', title: t('answer.clear'), detail }
  }
  return (
    <Page
      title={t('title')}
      actions={<span className="text-sm text-faint">{t('zone', { date: t.dayOfYear(now) })}</span>}
    >
      <Answer {...answer()} />
      <Tasks tasks={tasksOf(inView, context)} left={left} t={t} />
      {traffic.ok ? (
        <TrafficPanel period={period} traffic={traffic.value.sent} counts={traffic.value.counts} {...view} />
      ) : (
        <PanelFailed title={t(`traffic.title.${period}`)} {...traffic.error} />
      )}
      <ServersPart
        {...rowsOf([...servers, ...(await addedServers())], views, limits)}
        has={has}
        shell={shell}
        {...view}
      />
      {!use.ok && <PanelFailed title={t('servers.limits')} {...use.error} />}
      <ComingUp coming={facts.ok ? comingUp({ ...facts.value, keys: facts.value.keys.next, now }) : []} {...view} />
      <Refresh everySeconds={REFRESH_SECONDS} />
    </Page>
  )
})

/** What may need attention, except for the mail servers and their limits. */
async function attentionFacts() {
  const { db, environment, clock, vault, outbox, credentials, notifications, alerts } = services()
  const [sealing, status, warnings, counts, groups, faults, unconfirmed, openAlerts, servers] = await Promise.all([
    keyStatus({ db, environment, clock, vault }),
    overviewStatus({ db, clock }),
    credentials.warnings(),
    outbox.counts(),
    outbox.failures({}),
    outbox.waitingFaults({}),
    outbox.unconfirmed(),
    alerts.list(0),
    mailServers(),
  ])
  const [views, keys, channels, watch, weekly, oldest] = await Promise.all([
    credentials.list(),
    credentials.keysAhead(KEYS_NEXT_MAX),
    notifications.channels.list(),
    credentials.watch(),
    alerts.weekly.settings(),
    counts.queued >= MANY_WAITING ? outbox.waitingAt(servers.map(({ id }) => id)) : null,
  ])
  return {
    ...status,
    oldestWaitsSince: oldest?.since ?? null,
    warnings,
    views,
    keys,
    counts,
    groups,
    mostFrequent: faults[0] ?? null,
    waitingFault: faults.find(({ code }) => needsRepair(code)) ?? null,
    unconfirmed,
    keysSound: areSound(sealing),
    undated: undatedOf(views),
    unreminded: unremindedOf(views, keys.owned, channels),
    alerts: unexplained(openAlerts),
    channels,
    watch,
    weekly,
  }
}

const LISTS = { credentials: CREDENTIALS_PATH, alerts: ALERTS_PATH, mailboxes: '#servers' }

function Tasks(
  props: TextContext<'overview'> & { tasks: readonly Task[]; left: ReturnType<typeof boundedOf>['left'] },
) {
  const { tasks, left, t } = props
  if (tasks.length === 0) return null
  return (
    <section aria-label={t('tasks.label')} className="grid gap-3">
      <TaskList items={tasks.slice(0, TASKS_MAX)} boxed />
      {tasks.length > TASKS_MAX && (
        <Fold summary={t('tasks.more', { count: tasks.length - TASKS_MAX })}>
          <TaskList items={tasks.slice(TASKS_MAX)} boxed />
        </Fold>
      )}
      {left.length > 0 && (
        <p className="flex flex-wrap gap-x-5 gap-y-1 text-sm">
          {left.map(({ list, count }) => (
            <TextLink key={list} href={LISTS[list]}>
              {t(`tasks.left.${list}`, { count })}
            </TextLink>
          ))}
        </p>
      )}
    </section>
  )
}

/** A new installation: the set-up, and what would keep it from working. */
function NotSetUp({ entries, context }: { entries: readonly Attention[]; context: TaskContext }) {
  const { t } = context
  const mayWrite = may(context.role, 'mail-server:write')
  const tasks = tasksOf(entries, context)
  return (
    <Page title={t('title')}>
      <Answer
        tone="info"
        title={t('answer.notSetUp')}
        detail={t(mayWrite ? 'answer.notSetUpDetail' : 'answer.notSetUpForReaders')}
        action={mayWrite && <ButtonLink kind="primary" href={SET_UP_PATH} text={t('answer.start')} />}
      />
      {tasks.length > 0 && <TaskList items={tasks} boxed />}
    </Page>
  )
}

/** Every saved mail server with its state, the default one first. */
async function serversNow(): Promise<(ServerFacts & ServerRow)[]> {
  const [saved, inUse] = await Promise.all([savedServers(), serversInUse()])
  return Promise.all(
    saved.map(async (each) => {
      const { server, facts } = await statusOf(each.id)
      return {
        ...serverNow(each, facts),
        isVerified: facts.verifiedBy !== null || facts.deliveredBy !== null,
        isInUse: inUse.includes(each),
        sender: server?.settings?.senderAddress ?? '',
        isExchange: server?.settings?.type === 'exchange-online-oauth2',
        isSetUp: true,
      }
    }),
  )
}

/** What was added and never saved: no person has to do anything about it, but a list of all mail servers has it too. */
const addedServers = async (): Promise<ServerRow[]> =>
  (await mailServers())
    .filter(({ version }) => version === 0)
    .map(({ id: mailServerId, name }) => ({
      mailServerId,
      name,
      state: 'off',
      isSetUp: false,
      isInUse: false,
      sender: '',
      isExchange: false,
    }))
