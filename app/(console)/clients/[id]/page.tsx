import { FlashMessage } from '@/app/_form/flash-message'
import { page } from '@/app/_server/page'
import { CLIENTS_PATH, clientCardPath, MESSAGES_PATH, withQuery } from '@/app/paths'
import { ButtonLink } from '@/components/button'
import { buttonDialog } from '@/components/button-form'
import { DataList, Fact, Facts, pair } from '@/components/data-list'
import { Menu, type MenuDialog } from '@/components/menu'
import { Page } from '@/components/page'
import { Panel, Part, WithSide } from '@/components/panel'
import { TextLink, Timestamp } from '@/components/text'
import type { Translator, ViewContext } from '@/lib/i18n/translations'
import { services } from '@/lib/services'
import { type Client, FIELD_NAMES } from '@/lib/submission/client'
import { SESSIONS_KEPT_MS } from '@/lib/submission/store/sessions'
import { shownCount } from '../../messages/labels'
import { ClientFields } from '../_form/client-fields'
import { ClientForm, type ClientFormLabels } from '../_form/client-form'
import { fieldsOf, valueText, wasOf } from '../_form/form-data'
import { removeClientAction, resetSecretAction, setClientAccessAction } from '../actions'
import { NO_CONDITIONS, sessionsHref } from '../sessions/query'
import { SessionTable } from '../sessions/session-table'
import { ClientAnswer, reasonOf } from './answer'
import { requestedClient } from './requested-client'

/** The others are on the page of sessions. */
const SESSIONS_SHOWN = 5

/** One client: what it is doing, why it was refused last, its sessions, its settings and what it sent. */
export default page('clients:read', 'clients', async ({ may, now, t, texts, id, query }) => {
  const client = await requestedClient(id)
  const [submission] = texts('submission')
  const { outbox, submission: service } = services()
  const [state, counted, waiting, sessions] = await Promise.all([
    service.clients.now(client.id),
    outbox.countsOfClients([client.id]),
    outbox.waitingOf(client.id),
    service.sessions.list(
      { since: new Date(now.getTime() - SESSIONS_KEPT_MS), clientId: client.id },
      { before: null, rows: SESSIONS_SHOWN },
    ),
  ])
  const mayWrite = may('clients:write')
  const view = { client, now, t }
  return (
    <Page
      title={client.name}
      crumbs={[{ label: t('title'), href: CLIENTS_PATH }]}
      actions={
        <>
          <ButtonLink kind="quiet" href={clientCardPath(client.id)} icon="printer" text={t('card.link')} />
          {mayWrite && <Menu label={t('manage.menu', { name: client.name })} dialogs={managementOf(client, t)} />}
        </>
      }
    >
      <FlashMessage query={query} t={t} />
      {state && <ClientAnswer {...{ now, t, sessions, submission, mayWrite }} row={{ ...state, client }} />}
      <WithSide side={<Details {...view} />}>
        <Sent {...view} counts={counted.get(client.id) ?? { day: 0, week: 0 }} waiting={waiting} />
        {sessions.length > 0 && (
          <Part
            title={t('one.sessions')}
            aside={
              <TextLink href={sessionsHref({ ...NO_CONDITIONS, client: client.id })}>{t('one.allSessions')}</TextLink>
            }
          >
            <SessionTable {...{ sessions, now, t }} />
          </Part>
        )}
        <Panel title={t('one.settings')}>
          {mayWrite ? (
            <ClientForm
              hidden={{ client: client.id, ...wasOf(fieldsOf(client)) }}
              version={client.version}
              way={client.way}
              submit={t('form.save')}
              labels={t.raw('form') as ClientFormLabels}
            >
              <ClientFields fields={fieldsOf(client)} way={client.way} t={t} />
            </ClientForm>
          ) : (
            <Settings client={client} t={t} />
          )}
        </Panel>
      </WithSide>
    </Page>
  )
})

interface View extends ViewContext<'clients'> {
  client: Client
}

function Sent({ client, counts, waiting, now, t }: View & { counts: { day: number; week: number }; waiting: number }) {
  const { id, lastSeenAt, lastAddress } = client
  const all = <TextLink href={withQuery(MESSAGES_PATH, { client: id, time: 'week' })}>{t('one.messages')}</TextLink>
  return (
    <Panel title={t('one.sent')} aside={all} flush>
      <Facts className="border-t border-line">
        <Fact isFigure term={t('one.day')} value={shownCount(counts.day, t)} />
        <Fact isFigure term={t('one.week')} value={shownCount(counts.week, t)} />
        <Fact isFigure term={t('one.waiting')} value={shownCount(waiting, t)} />
        <Fact
          term={t('table.seen')}
          value={lastSeenAt ? t.recentTime(lastSeenAt, now) : t('table.never')}
          about={lastAddress}
        />
      </Facts>
    </Panel>
  )
}

function Details({ client, now, t }: View) {
  const { way, login, hint, secretAt, lastErrorAt, createdAt, createdBy, expiresAt } = client
  return (
    <Panel title={t('one.facts')}>
      <DataList
        narrow
        items={[
          pair(t('one.way'), t(`add.${way}.title`)),
          pair(t('one.login'), login, 'mono'),
          pair(t('one.hint'), hint && `${hint}…`, 'mono'),
          pair(t(way === 'api-key' ? 'one.keyMade' : 'one.passwordMade'), secretAt && t.time(secretAt)),
          pair(t('one.expires'), expiresAt && <Timestamp at={expiresAt} show="date" {...{ now, t }} />),
          pair(t('one.lastError'), lastErrorAt && `${t.time(lastErrorAt)}, ${reasonOf(client, t)}`),
          pair(
            t('one.added'),
            <>
              {t.time(createdAt)} <bdi>{t('one.addedBy', { by: t.actor(createdBy) })}</bdi>
            </>,
          ),
        ]}
      />
    </Panel>
  )
}

function Settings({ client, t }: { client: Client; t: Translator<'clients'> }) {
  const fields = fieldsOf(client)
  const names = FIELD_NAMES.filter((name) => client.way === 'api-key' || (name !== 'scopes' && name !== 'expiresAt'))
  return (
    <>
      <DataList
        items={names.map((name) => {
          const text = valueText(name, fields[name], t)
          return pair(t(`form.field.${name}`), fields[name] ? text : <span className="text-faint">{text}</span>)
        })}
      />
      <p className="mt-3 text-sm text-faint">{t('readerNote')}</p>
    </>
  )
}

export function managementOf({ id, name, way, disabledAt, secretAt }: Client, t: Translator<'clients'>): MenuDialog[] {
  const change = disabledAt === null ? 'disable' : 'enable'
  const hidden = { client: id }
  const reset =
    way !== 'network' &&
    buttonDialog({
      id: 'reset',
      text: t(`manage.reset.${way}`),
      title: t(`manage.resetTitle.${way}`, { name }),
      action: resetSecretAction,
      hidden: { ...hidden, secretAt: secretAt?.toISOString() ?? '' },
      effect: t(`manage.resetText.${way}`, { name }),
      button: t('manage.resetButton'),
    })
  return [
    ...(reset ? [reset] : []),
    buttonDialog({
      id: 'access',
      text: t(`manage.${change}`),
      title: t(`manage.${change}Title`, { name }),
      action: setClientAccessAction,
      hidden: { ...hidden, wanted: change === 'enable' ? 'on' : 'off' },
      effect: t(`manage.${change}Text`, { name }),
      button: t(`manage.${change}Button`),
    }),
    buttonDialog({
      id: 'remove',
      text: t('manage.remove'),
      title: t('manage.removeTitle', { name }),
      action: removeClientAction,
      hidden,
      effect: t('manage.removeText'),
      kind: 'danger',
      button: t('manage.removeButton', { name }),
    }),
  ]
}
