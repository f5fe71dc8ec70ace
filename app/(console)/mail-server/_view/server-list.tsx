import type { View } from '@/app/_server/page'
import { loadPart, PartFailed } from '@/app/_server/part'
import { serversInUse, statusOf } from '@/app/_server/status'
import { GuideLink } from '@/app/(console)/_shell/guide-link'
import { Credential, ServerState } from '@/app/(console)/overview/servers-part'
import { ADD_MAIL_SERVER_PATH, mailServerPath } from '@/app/paths'
import { Answer } from '@/components/answer'
import { ButtonLink } from '@/components/button'
import { Page } from '@/components/page'
import { StatusBadge } from '@/components/state-badge'
import { type Columns, Table } from '@/components/table'
import { Foreign, NameLink } from '@/components/text'
import type { CredentialView } from '@/lib/credentials/views'
import type { Translator } from '@/lib/i18n/translations'
import type { ListedServer } from '@/lib/mail-server/servers'
import type { MailState } from '@/lib/mail-server/status'
import type { TrafficCounts } from '@/lib/outbox/traffic'
import { services } from '@/lib/services'
import { dayOf } from './fact-strip'
import { ServerFlash } from './server-frame'

interface Row extends ListedServer {
  state: MailState
  isInUse: boolean
  /** Null if it could not be loaded. */
  day: TrafficCounts | null
  /** The one in use; null if it signs in with none. */
  credential: CredentialView | null
}

interface ListProps extends View<'mail-server'> {
  servers: readonly ListedServer[]
}

export async function ServerList(props: ListProps) {
  const { may, t, servers, query } = props
  const [states, inUse, days, credentials] = await Promise.all([
    Promise.all(servers.map(async ({ id }) => (await statusOf(id)).facts.state)),
    serversInUse(),
    loadPart('24 hours of the mail servers', () => services().outbox.dayOfServers()),
    loadPart('credentials', () => services().credentials.list()),
  ])
  const views = credentials.ok ? credentials.value : []
  const rows = servers.map(
    (each, at): Row => ({
      ...each,
      state: states[at] ?? 'off',
      isInUse: inUse.includes(each),
      day: dayOf(each.id, days),
      credential: views.find(({ slot, mailServer }) => slot === 'current' && mailServer.id === each.id) ?? null,
    }),
  )
  return (
    <Page
      title={t('servers.title')}
      actions={may('mail-server:write') && <ButtonLink href={ADD_MAIL_SERVER_PATH} text={t('servers.addButton')} />}
    >
      <ServerFlash query={query} t={t} />
      <ListAnswer rows={rows} t={t} />
      <Table caption={t('servers.caption')} rows={rows} rowKey={({ id }) => id}>
        {columnsFor(props, credentials.ok)}
      </Table>
      {!credentials.ok && <PartFailed {...credentials.error} />}
    </Page>
  )
}

/** Whether each saved server delivers, and which one is the default. */
export function ListAnswer(props: {
  rows: readonly Pick<Row, 'name' | 'isDefault' | 'state' | 'isInUse' | 'version'>[]
  t: Translator<'mail-server'>
}) {
  const { rows, t } = props
  const attention = rows.filter(({ state, version }) => version > 0 && state !== 'delivering')
  const first = rows.find(({ isDefault }) => isDefault)
  const detail = first && t('servers.defaultIs', { name: first.name })
  if (attention.length > 0) {
    const tone = attention.some(({ state }) => state === 'failing') ? 'bad' : 'warn'
    return (
      <Answer
        {...{ tone, detail }}
        mark={attention.length}
        title={t('servers.attention', { count: attention.length, names: t.joined(attention.map(({ name }) => name)) })}
      />
    )
  }
  const count = rows.filter(({ state, isInUse }) => state === 'delivering' && isInUse).length
  const someWork = count === rows.length ? 'servers.allWork' : 'servers.work'
  const title = t(count === 0 ? 'servers.noneWork' : someWork, { count })
  return <Answer tone={count > 0 ? 'good' : 'neutral'} {...{ title, detail }} />
}

function columnsFor({ servers, t, texts }: ListProps, hasCredentials: boolean): Columns<Row> {
  const [shell, overview] = texts('shell', 'overview')
  return (column) => [
    column(t('servers.name'), { share: 'xl:w-[26%]' }, ({ id, name, isDefault }) => (
      <span className="flex flex-wrap items-center gap-x-2 gap-y-1">
        <NameLink href={mailServerPath(id)} name={name} />
        {isDefault && <StatusBadge tone="info">{t('servers.default')}</StatusBadge>}
      </span>
    )),
    column(t('servers.state'), { share: 'xl:w-[14%]' }, ({ id, name, state, isInUse, version, settings }) => (
      <span className="flex flex-wrap items-center gap-x-2 gap-y-1">
        <ServerState {...{ state, isInUse, shell }} isSetUp={version > 0} />
        {(version === 0 || (state === 'unverified' && settings?.type === 'exchange-online-oauth2')) && (
          <GuideLink id={id} name={name} text={t('answer.guide')} />
        )}
      </span>
    )),
    column(t('form.senderAddress'), { wide: true, share: 'xl:w-[22%]' }, (server) => (
      <>
        {server.settings && <Foreign>{server.settings.senderAddress}</Foreign>}
        <span className="block text-xs text-faint">
          <SentThrough server={server} t={t} />
        </span>
      </>
    )),
    column(t('servers.day'), { brief: 'named', align: 'end', share: 'xl:w-[12%]' }, ({ day }) =>
      day === null ? (
        <span className="text-bad">{t('servers.dayUnknown')}</span>
      ) : (
        <span className="tabular-nums">
          {t('servers.dayCounts', { delivered: t.number(day.delivered) })}
          {day.failed > 0 && (
            <span className="block text-bad">{t('servers.dayFailed', { failed: t.number(day.failed) })}</span>
          )}
        </span>
      ),
    ),
    hasCredentials &&
      column(t('servers.credential'), { brief: 'named', share: 'xl:w-[15%]' }, ({ credential }) => (
        <Credential credential={credential} t={overview} />
      )),
    column(t('servers.failover'), { wide: true, share: 'xl:w-[11%]' }, ({ failoverId }) => {
      const failover = servers.find(({ id }) => id === failoverId)
      return failover ? <Foreign>{failover.name}</Foreign> : <span className="text-faint">{t('facts.noFailover')}</span>
    }),
  ]
}

function SentThrough({ server: { settings, version }, t }: { server: ListedServer; t: Translator<'mail-server'> }) {
  if (settings?.type === 'smtp') return <Foreign>{settings.host}</Foreign>
  return settings ? 'Exchange Online' : t(version === 0 ? 'servers.nothingSaved' : 'servers.unreadable')
}
