import { GuideLink } from '@/app/(console)/_shell/guide-link'
import { shownState } from '@/app/(console)/credentials/_view/labels'
import { MAIL_SERVERS_PATH, mailServerPath } from '@/app/paths'
import { Gauge, Sparkline } from '@/components/bars'
import { Fold, Part } from '@/components/panel'
import { StateBadge, StatusBadge } from '@/components/state-badge'
import { type Columns, Table } from '@/components/table'
import { Foreign, NameLink, TextLink } from '@/components/text'
import type { CredentialView } from '@/lib/credentials/views'
import type { TextContext, Translator } from '@/lib/i18n/translations'
import { MAIL_STATES } from '@/lib/mail-server/status'
import { LIMIT_WARNED_FROM, RECIPIENTS_A_DAY_MAX } from '@/lib/outbox/delivery/limits'
import type { MailboxUse } from '@/lib/outbox/store/traffic'
import { type Traffic, type TrafficSpan, totalOf } from '@/lib/outbox/traffic'
import type { ServerFacts } from './attention'

export interface ServerRow extends Pick<ServerFacts, 'mailServerId' | 'name' | 'state' | 'isInUse'> {
  /** False from when it is added until its form is first saved. */
  isSetUp: boolean
  sender: string
  isExchange: boolean
}

export type ServerLine = ReturnType<typeof rowsOf>['servers'][number]

interface ServersProps extends TextContext<'overview'> {
  servers: readonly ServerLine[]
  /** Mailboxes of other senders that have sent in the last 24 hours. */
  otherUse: readonly MailboxUse[]
  /** What could be loaded. The rest has no columns. */
  has: { traffic: boolean; recipients: boolean; credential: boolean }
  shell: Translator<'shell'>
}

/** What is known about each mail server, and about mailboxes that are no mail server's own. */
export function rowsOf(
  servers: readonly ServerRow[],
  views: readonly CredentialView[],
  { use, traffic }: { use: readonly MailboxUse[]; traffic: Traffic | null },
) {
  // A mail server of another kind may send from the same address, and has no part in the limit.
  const exchangeSenders = new Set(
    servers.filter(({ isExchange }) => isExchange).map(({ sender }) => sender.toLowerCase()),
  )
  return {
    servers: servers.map((server) => ({
      ...server,
      hours: traffic?.servers.get(server.mailServerId) ?? [],
      /** Null if the service has no limit that is known. */
      use: (server.isExchange && use.find(({ mailbox }) => mailbox === server.sender.toLowerCase())) || null,
      /** The one in use; null if it signs in with none. */
      credential:
        views.find(({ slot, mailServer }) => slot === 'current' && mailServer.id === server.mailServerId) ?? null,
    })),
    otherUse: use.filter(({ mailbox, recipientsLastDay }) => recipientsLastDay > 0 && !exchangeSenders.has(mailbox)),
  }
}

/** A server that works but gets no message is not called delivering. */
export function ServerState(props: Pick<ServerRow, 'state' | 'isInUse' | 'isSetUp'> & Pick<ServersProps, 'shell'>) {
  const { state, isInUse, isSetUp, shell } = props
  if (state === 'delivering' && !isInUse) return <StatusBadge tone="info">{shell('state.unused')}</StatusBadge>
  return <StateBadge state={state} label={shell(isSetUp ? `state.${state}` : 'card.not-set-up')} />
}

/** Those that need attention most; the rest is folded. */
const SERVERS_MAX = 8
/** Those that have sent most. */
const OTHERS_MAX = 12

/** Each mail server: its state, what it sent, how much of its limit is used, and its credential. */
export function ServersPart(props: ServersProps) {
  const { otherUse, t } = props
  const servers = props.servers.length > SERVERS_MAX ? props.servers.toSorted(byUrgency) : props.servers
  const rest = servers.slice(SERVERS_MAX)
  const mailboxes = otherUse.toSorted((a, b) => b.recipientsLastDay - a.recipientsLastDay)
  const table = (caption: string, rows: readonly ServerLine[]) => (
    <Table caption={caption} rows={rows} rowKey={({ mailServerId }) => mailServerId} middle>
      {columnsOf(props)}
    </Table>
  )
  const all = <TextLink href={MAIL_SERVERS_PATH}>{t('servers.all')}</TextLink>
  return (
    <Part id="servers" title={t('servers.title')} {...(servers.length > 1 && { aside: all })}>
      {table(t('servers.title'), servers.slice(0, SERVERS_MAX))}
      {rest.length > 0 && (
        <Fold summary={t('servers.more', { count: rest.length })} className="mt-3">
          {table(t('servers.more', { count: rest.length }), rest)}
        </Fold>
      )}
      {otherUse.length > 0 && (
        <Fold summary={t('servers.others')} className="mt-3">
          <ul className="grid gap-3 sm:grid-cols-2 lg:grid-cols-3">
            {mailboxes.slice(0, OTHERS_MAX).map((use) => (
              <li key={use.mailbox} className="min-w-0 text-sm">
                <Foreign>{use.mailbox}</Foreign>
                <Use use={use} t={t} />
              </li>
            ))}
          </ul>
          {mailboxes.length > OTHERS_MAX && (
            <p className="mt-3 text-sm text-soft">
              {t('servers.othersLess', { count: mailboxes.length - OTHERS_MAX })}
            </p>
          )}
        </Fold>
      )}
    </Part>
  )
}

/** What fails first, then a mailbox near its limit, then the worst state. What is paused or switched off comes last: a person did it. */
function urgencyOf({ state, use }: ServerLine): number {
  if (state === 'failing') return -2
  if (isNearLimit(use)) return -1
  return state === 'off' ? MAIL_STATES.length : MAIL_STATES.indexOf(state)
}
const byUrgency = (a: ServerLine, b: ServerLine) => urgencyOf(a) - urgencyOf(b)

function columnsOf({ has, t, shell }: ServersProps): Columns<ServerLine> {
  return (column) => [
    column(t('servers.name'), ({ mailServerId, name, sender }) => (
      <>
        <NameLink href={mailServerPath(mailServerId)} name={name} />
        {sender && <Foreign className="block text-xs font-[400] text-soft">{sender}</Foreign>}
      </>
    )),
    column(t('servers.state'), ({ mailServerId, name, isSetUp, ...server }) => (
      <span className="flex flex-wrap items-center gap-x-2 gap-y-1">
        <ServerState {...server} isSetUp={isSetUp} shell={shell} />
        {!isSetUp && <GuideLink id={mailServerId} name={name} text={t('servers.guide')} />}
      </span>
    )),
    has.traffic && column(t('servers.hours'), { wide: true }, ({ hours }) => <Sparkline values={inPairs(hours)} />),
    has.traffic &&
      column(t('servers.accepted'), { align: 'end', wide: true }, ({ hours }) => t.number(totalOf(hours).delivered)),
    has.recipients &&
      column(t('servers.recipients'), ({ use }) => (
        // A row on a narrow screen says it only while it matters.
        <div className={isNearLimit(use) ? undefined : 'rack-wide'}>
          <span className="text-xs text-faint sm:hidden">{t('servers.recipients')}</span>
          {use ? <Use use={use} t={t} /> : <span className="text-faint">{t('servers.noLimit')}</span>}
        </div>
      )),
    has.credential &&
      column(t('servers.credential'), { brief: 'named' }, ({ credential }) => (
        <Credential credential={credential} t={t} />
      )),
  ]
}

const isNearLimit = (use: MailboxUse | null): boolean =>
  use !== null && use.recipientsLastDay >= RECIPIENTS_A_DAY_MAX * LIMIT_WARNED_FROM

const inPairs = (hours: readonly TrafficSpan[]): number[] =>
  hours.flatMap(({ delivered }, index) => (index % 2 === 0 ? delivered + (hours[index + 1]?.delivered ?? 0) : []))

function Use({ use: { recipientsLastDay: used }, t }: { use: MailboxUse; t: Translator<'overview'> }) {
  return (
    <>
      <Gauge used={used} limit={RECIPIENTS_A_DAY_MAX} warnedFrom={LIMIT_WARNED_FROM}>
        {t('servers.of', { used, limit: RECIPIENTS_A_DAY_MAX })}
      </Gauge>
      {used >= RECIPIENTS_A_DAY_MAX && <span className="text-xs text-bad">{t('servers.atLimit')}</span>}
    </>
  )
}

export function Credential({ credential, t }: Pick<ServerLine, 'credential'> & { t: Translator<'overview'> }) {
  if (credential === null) return <span className="text-faint">{t('servers.none')}</span>
  const state = shownState(credential)
  const look = STATE_LOOKS[state] ?? 'font-[600] text-bad'
  return <span className={`whitespace-nowrap ${look}`}>{credentialText(state, credential.daysLeft, t)}</span>
}

const STATE_LOOKS: Partial<Record<ReturnType<typeof shownState>, string>> = {
  healthy: '',
  endless: '',
  soon: 'font-[600] text-warn',
  'date-unknown': 'font-[600] text-warn',
}

function credentialText(state: ReturnType<typeof shownState>, daysLeft: number | null, t: Translator<'overview'>) {
  if (state === 'refused') return t('servers.rejected')
  if (state === 'expired') return t('servers.expired')
  if (daysLeft === null) return t(state === 'endless' ? 'servers.endless' : 'servers.unknown')
  return t(daysLeft < 0 ? 'servers.wrongDate' : 'servers.days', { days: daysLeft })
}
