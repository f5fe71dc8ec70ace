import { FlashMessage } from '@/app/_form/flash-message'
import { page } from '@/app/_server/page'
import { loadPart, PartFailed } from '@/app/_server/part'
import { statusOf } from '@/app/_server/status'
import { getTranslations } from '@/app/_server/translations'
import { addSendersPath, MAIL_SERVERS_PATH, mailServerPath, SENDERS_PATH, sendersPath } from '@/app/paths'
import { EmptyState } from '@/components/answer'
import { ButtonLink } from '@/components/button'
import { Facets, Pagination, SearchBox, Segments } from '@/components/list-controls'
import { Menu } from '@/components/menu'
import { Page } from '@/components/page'
import { StateBadge } from '@/components/state-badge'
import type { Translator } from '@/lib/i18n/translations'
import { ownSenderState, SENDER_STATES, type SenderState } from '@/lib/mail-server/senders/state'
import { isMatch, type SendersPage } from '@/lib/mail-server/senders/view'
import type { ListedServer } from '@/lib/mail-server/servers'
import { services } from '@/lib/services'
import { readSendersQuery, requestedServer, type SendersQuery } from './form-data'
import { isNotDone, rowOf, type SenderRow, SenderStateBadge, SenderTable } from './sender-table'
import { SendersAnswer } from './senders-answer'

const ROWS = 25
type SenderCounts = SendersPage['counts']
const NO_SENDERS: SenderCounts = { verified: 0, refused: 0, unverified: 0, outdated: 0 }
/** As many names as usually fit in one line. */
const SEGMENTS_MAX = 5

/** The addresses that mail may be sent as: the senders of a mail server, and whether each is verified. */
export default page('mail-server:read', 'senders', async ({ may, now, t, query: parameters }) => {
  const typed = readSendersQuery(parameters)
  const chosen = await requestedServer(typed.server)
  const query = { ...typed, server: chosen?.id ?? '' }
  const isFirst = query.after === ''
  const loaded = await loadPart('senders', async () => {
    const page = chosen && (await services().senders.page(chosen.server.id, { ...query, rows: ROWS }))
    const hasOwn = page?.settings.type === 'exchange-online-oauth2'
    return { page, own: chosen && hasOwn ? await ownRow(chosen, page, t) : null }
  })
  const { page, own } = loaded.ok ? loaded.value : { page: null, own: null }
  const counts = { ...NO_SENDERS, ...page?.counts }
  const matching = { ...NO_SENDERS, ...page?.matching }
  const hasOthers = Object.values(counts).some((count) => count > 0)
  const isOwnMatch = own !== null && isMatch(query)(own.row)
  if (own) counts[own.state]++
  if (isOwnMatch) matching[own.state]++
  const isChecked = page?.settings.type === 'exchange-online-oauth2'
  const mayAdd = may('mail-server:write')
  const ofState = ({ state }: { state: SenderState }) => query.state === null || state === query.state
  const senderViews = page ? [...(isFirst ? page.ofRules.filter(ofState) : []), ...page.individual] : []
  const rows = senderViews.map((sender) => rowOf(sender, query.server, t))
  if (isOwnMatch && isFirst && ofState(own)) rows.unshift(own.row)
  return (
    <Page
      title={t('title')}
      actions={isChecked && mayAdd && <ButtonLink href={addSendersPath(query.server)} text={t('add.button')} />}
    >
      <FlashMessage query={parameters} t={t} warns={isNotDone} />
      {chosen && chosen.servers.length > 1 && <ServerChoice {...chosen} t={t} />}
      {loaded.ok ? (
        <SendersAnswer
          page={page}
          counts={counts}
          hasOthers={hasOthers}
          mayAdd={mayAdd}
          mayVerify={may('mail-server:test')}
          t={t}
          isFailing={own?.isFailing ?? false}
          server={chosen?.server ?? null}
        />
      ) : (
        <PartFailed {...loaded.error} />
      )}
      {page && isChecked && (
        <>
          {hasOthers && <SenderFilters query={query} counts={matching} t={t} />}
          {rows.length > 0 ? (
            <SenderTable rows={rows} now={now} t={t} />
          ) : (
            <EmptyState title={t('list.nothing')} link={[sendersPath({ server: query.server }), t('list.clear')]} />
          )}
          <Pagination
            t={t}
            newer={query.after === '' ? null : sendersPath({ ...query, after: '' })}
            older={page.next === null ? null : sendersPath({ ...query, after: page.next })}
          />
          {!may('mail-server:test') && <p className="text-sm text-faint">{t('readerNote')}</p>}
        </>
      )}
    </Page>
  )
})

function ServerChoice(props: { servers: readonly ListedServer[]; server: ListedServer; t: Translator<'senders'> }) {
  const { servers, server, t } = props
  const items = servers.map(({ id, name }) => ({
    href: sendersPath({ server: id }),
    label: name,
    current: id === server.id,
  }))
  if (items.length <= SEGMENTS_MAX) return <Segments label={t('servers')} items={items} />
  return (
    <div>
      <Menu label={t('servers')} text={t('forServer', { name: server.name })}>
        {items.map(({ href, label, current }) => (
          <a key={href} href={href} aria-current={current || undefined} className="menu-item aria-[current]:font-[600]">
            <bdi>{label}</bdi>
          </a>
        ))}
      </Menu>
    </div>
  )
}

/** The mail server's own sender: verified by a test of the saved settings, unless a later test or delivery failed. */
async function ownRow(
  { server, id }: { server: ListedServer; id: string },
  { settings }: SendersPage,
  t: Translator<'senders'>,
): Promise<{ row: SenderRow; state: SenderState; isFailing: boolean }> {
  const [{ facts }, shell] = await Promise.all([statusOf(server.id), getTranslations('shell')])
  const { ownResult } = facts
  const isFailing = facts.state === 'failing' || ownResult?.failed === true
  const known = ownSenderState(facts)
  const row = {
    address: settings.senderAddress,
    href: id === '' ? MAIL_SERVERS_PATH : mailServerPath(id),
    badge: isFailing ? (
      <StateBadge state="failing" label={shell('state.failing')} />
    ) : (
      <SenderStateBadge state={known} t={t} />
    ),
    result: ownResult && { ...ownResult, revision: server.version },
    way: t('list.ownWay'),
    usedBy: t('list.server'),
  }
  return { row, state: known, isFailing }
}

interface FiltersProps {
  query: SendersQuery
  counts: SenderCounts
  t: Translator<'senders'>
}

function SenderFilters({ query, counts, t }: FiltersProps) {
  const { server, text, state } = query
  const all = Object.values(counts).reduce((sum, count) => sum + count, 0)
  const countOf = (each: SenderState | null) => t.number(each === null ? all : counts[each])
  return (
    <div className="flex flex-wrap items-center gap-3">
      <Segments
        label={t('list.states')}
        items={[null, ...SENDER_STATES].map((each) => ({
          href: sendersPath({ server, text, state: each }),
          label: each === null ? t('list.all') : t(`state.${each}`),
          count: countOf(each),
          current: each === state,
        }))}
      />
      <Facets results={countOf(state)}>
        <SearchBox path={SENDERS_PATH} query={{ server, state }} t={t} label={t('list.search')} value={text} />
      </Facets>
    </div>
  )
}
