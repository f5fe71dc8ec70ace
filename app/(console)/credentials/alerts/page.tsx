import { FlashMessage } from '@/app/_form/flash-message'
import { page } from '@/app/_server/page'
import { pageIn, pageOf } from '@/app/paging'
import { ALERTS_PATH, withQuery } from '@/app/paths'
import { ButtonForm } from '@/components/button-form'
import { Pagination } from '@/components/list-controls'
import { Page } from '@/components/page'
import { Fold, Panel } from '@/components/panel'
import { Refresh } from '@/components/refresh'
import { ResultCount } from '@/components/result-count'
import { TaskList } from '@/components/tasks'
import { PlainLink } from '@/components/text'
import type { Alert } from '@/lib/alerts/store'
import { alertAdvice, alertPlace, alertTitle } from '@/lib/alerts/text'
import type { TextContext, Translator } from '@/lib/i18n/translations'
import { services } from '@/lib/services'
import { credentialTabs } from '../parts'
import { acknowledgeAlertAction } from './actions'
import { AlertSettings } from './alert-settings'
import { AlertsAnswer } from './alerts-answer'

const OVER_MAX = 50
const REFRESH_SECONDS = 15

export default page('credentials:read', 'alerts', async ({ may, t, texts, query }) => {
  const { alerts, notifications } = services()
  const [credentialLabels, reminderLabels] = texts('credentials', 'reminders')
  const [list, stored, all] = await Promise.all([
    alerts.list(OVER_MAX),
    alerts.settings(),
    notifications.channels.list(),
  ])
  const channels = all.filter(({ ownerOnly }) => !ownerOnly)
  const open = list.filter(({ closedAt }) => closedAt === null)
  const page = pageOf(open, pageIn(query), (to) => withQuery(ALERTS_PATH, { page: to > 1 ? String(to) : null }))
  const shared = { stored, channels, mayWrite: may('credentials:write'), t, reminderLabels }
  return (
    <Page title={t('title')} {...credentialTabs(credentialLabels, 'alerts')}>
      <FlashMessage query={query} t={t} />
      <AlertsAnswer open={open} {...shared} />
      {open.length > 0 && (
        <>
          <ResultCount count={t.number(open.length)} />
          <Panel title={t('list.open')} flush>
            <OpenAlerts
              alerts={page.rows}
              notified={await alerts.notified(page.rows.map(({ id }) => id))}
              mayAct={may('messages:act')}
              t={t}
            />
          </Panel>
        </>
      )}
      <Pagination t={t} newer={page.before} older={page.after} />
      <OverAlerts alerts={list.filter(({ closedAt }) => closedAt !== null)} t={t} />
      <AlertSettings {...shared} />
      <Refresh everySeconds={REFRESH_SECONDS} says={announced(open, t)} />
    </Page>
  )
})

/** With the newest, since one may open as another ends. Its title has numbers that change while it is open. */
function announced(open: readonly Alert[], t: Translator<'alerts'>): string {
  const [newest] = open
  if (!newest) return t('answer.clear')
  const since = t('list.since', { when: t.moment(newest.openedAt) })
  return `${t('answer.open', { count: open.length })} ${t(`kind.${newest.kind}.name`)}. ${since}.`
}

type ListProps = TextContext<'alerts'> & { alerts: readonly Alert[] }

function OpenAlerts(props: ListProps & { notified: ReadonlyMap<string | null, readonly string[]>; mayAct: boolean }) {
  const { alerts, notified, mayAct, t } = props
  const items = alerts.map((alert) => {
    const { id, openedAt, acknowledgedAt } = alert
    const channels = notified.get(id) ?? []
    const title = alertTitle(alert, t.locale)
    return {
      key: id,
      tone: acknowledgedAt === null ? ('bad' as const) : ('warn' as const),
      icon: 'bell' as const,
      title: <PlainLink href={alertPlace(alert)}>{title}</PlainLink>,
      detail: (
        <>
          <p>{alertAdvice(alert, t.locale)}</p>
          <p>
            {t('list.since', { when: t.moment(openedAt) })}
            {acknowledgedText(alert, t)}.{' '}
            {t('list.notified', { count: channels.length, channels: channels.join(', ') })}
          </p>
        </>
      ),
      action: mayAct && acknowledgedAt === null && (
        <ButtonForm
          action={acknowledgeAlertAction}
          hidden={{ alert: id }}
          aria-label={`${t('list.acknowledge')}: ${title}`}
          text={t('list.acknowledge')}
        />
      ),
    }
  })
  return <TaskList items={items} />
}

const acknowledgedText = ({ acknowledgedAt: at, acknowledgedBy: by }: Alert, t: Translator<'alerts'>) =>
  at ? `, ${t('list.acknowledged', { who: by ?? '', when: t.moment(at) })}` : ''

function OverAlerts({ alerts, t }: ListProps) {
  if (alerts.length === 0) return null
  return (
    <Fold summary={t('list.over')}>
      <ul className="grid gap-2 text-sm">
        {alerts.map((alert) => (
          <li key={alert.id}>
            <p className="font-[550]">{alertTitle(alert, t.locale)}</p>
            <p className="text-soft">
              {t('list.from', { from: t.moment(alert.openedAt), to: alert.closedAt ? t.moment(alert.closedAt) : '' })}
              {acknowledgedText(alert, t)}
            </p>
          </li>
        ))}
      </ul>
    </Fold>
  )
}
