import { FlashMessage } from '@/app/_form/flash-message'
import { page } from '@/app/_server/page'
import { loadPart, PanelFailed, PartFailed } from '@/app/_server/part'
import { deliveryNow } from '@/app/_server/status'
import { MAIL_SERVERS_PATH, RETENTION_PATH, SEND_PATH } from '@/app/paths'
import { idIn, textIn } from '@/app/search-params'
import { PlainForm } from '@/components/action-form'
import { EmptyState } from '@/components/answer'
import { BulkBar } from '@/components/bulk-bar'
import { ButtonLink } from '@/components/button'
import { countOnPage, Pagination, Segments } from '@/components/list-controls'
import { Page } from '@/components/page'
import { Refresh } from '@/components/refresh'
import { faultTitle } from '@/lib/diagnosis'
import type { TextContext } from '@/lib/i18n/translations'
import type { FailureGroup } from '@/lib/outbox/store/failures'
import type { StateCounts } from '@/lib/outbox/store/list'
import type { MessageRow } from '@/lib/outbox/store/messages'
import { services } from '@/lib/services'
import { changeAction } from './actions'
import { CHANGES_IN, type Change, ChangeButtons } from './change-buttons'
import { FailureGroups } from './failure-groups'
import { shownCount } from './labels'
import { type ListedMessage, listedMessage, tableLabels } from './load-rows'
import { MessageFacets } from './message-facets'
import { MessageTable } from './message-table'
import { MessagesAnswer } from './messages-answer'
import { PauseMenu, PauseParts, pausedServers, pauseGroups, ResumeForm } from './pause-part'
import {
  isFiltered,
  type MessagesRequest,
  messagesHref,
  NO_CONDITIONS,
  readMessagesRequest,
  VIEWS,
  type View,
} from './query'

const ROWS = 25
const REFRESH_SECONDS = 5
/** A long period takes longer to count. */
const REFRESH_SECONDS_LONG = 60

export default page('messages:read', 'messages', async ({ may, now, t, query }) => {
  const [clients, delivery] = await Promise.all([
    services().submission.clients.namesToChoose(textIn(query, 'client')),
    deliveryNow(),
  ])
  const { id: client, unknown } = idIn(query, 'client', clients)
  const request = readMessagesRequest({ ...query, client }, now)
  const { rows, next, isEmpty, older, counts, waitingFaults, unconfirmed, ...parts } = await factsOf(request)
  const isLonger = next !== undefined || request.before !== null
  const groups = parts.groups.ok ? parts.groups.value : []
  const matches = request.filter.terms
    ? { count: rows.length + Number(isLonger), countShown: countOnPage(rows, isLonger, t) }
    : null
  const pauses = await pausedServers(delivery, t)
  const [[firstPause, ...more] = []] = pauseGroups(pauses)
  const isSetUp = delivery.length > 0
  const servers = new Map(delivery.length > 1 ? delivery.map(({ mailServerId, name }) => [mailServerId, name]) : [])
  const mayAct = may('messages:act')
  const back = messagesHref(request, { before: request.before }).split('?')[1] ?? ''
  const mayChange = may('mail-server:write')
  const change = { mayChange, back, t }
  const toSetUp = mayChange && <ButtonLink kind="primary" href={MAIL_SERVERS_PATH} text={t('answer.toSetUp')} />
  const view = { request, counts, back, t }
  const paused = pauses.flatMap(({ mailServerId, failover }) => (failover === null ? [mailServerId] : []))
  const listRows = rows.map((row) => listedMessage(row, { servers, paused, now, t }))
  const actions = (
    <>
      <ButtonLink kind="quiet" href={RETENTION_PATH} icon="clock" text={t('retention.title')} />
      <PauseMenu {...change} servers={delivery} />
      {may('messages:send') && <ButtonLink href={SEND_PATH} icon="mail" text={t('send.link')} />}
    </>
  )
  return (
    <Page title={t('title')} actions={actions}>
      <FlashMessage query={query} t={t} />
      {isEmpty && pauses.length === 0 ? (
        <EmptyState title={t('empty')} action={!isSetUp && toSetUp}>
          {t('emptyText')}
        </EmptyState>
      ) : (
        <>
          <MessagesAnswer
            {...{ request, matches, counts, groups, waitingFaults, pauses, older, unconfirmed, now, t }}
            isSetUp={isSetUp}
            action={
              isSetUp
                ? firstPause?.remedy === null && more.length === 0 && <ResumeForm {...change} pause={firstPause} />
                : toSetUp
            }
          />
          <PauseParts {...change} pauses={pauses} failed={counts.failed} />
          {groups.length > 0 && <FailureGroups {...view} groups={groups} conditions={request} mayAct={mayAct} />}
          {!parts.groups.ok && <PanelFailed title={t('groups.title')} {...parts.groups.error} />}
          <div className="grid gap-3">
            <States {...view} />
            {!parts.choices.ok && <PartFailed {...parts.choices.error} />}
            <MessageFacets
              {...{ request, servers, clients, unknown, t }}
              results={matches?.countShown ?? shownCount(countIn(request.view, counts), t)}
              choices={parts.choices.ok ? parts.choices.value : { senders: [], rules: [] }}
              faults={faultsOf(rows, groups, request.fault, (code) => faultTitle(code, t.locale))}
              sinceTime={t.clockTime(now)}
            />
          </div>
          <List {...view} isLonger={isLonger} rows={listRows} chooses={mayAct && CHOICES[request.view].length > 0} />
          {!mayAct && <p className="text-sm text-faint">{t('viewerNote')}</p>}
          <Pagination
            t={t}
            newer={request.before ? messagesHref(request) : null}
            older={next ? messagesHref(request, { before: next }) : null}
          />
        </>
      )}
      <Refresh everySeconds={request.time === 'day' ? REFRESH_SECONDS : REFRESH_SECONDS_LONG} />
    </Page>
  )
})

/** One page of the list, and what is said about the outbox above it. */
async function factsOf(request: MessagesRequest) {
  const { outbox } = services()
  const { filter, before } = request
  const since = isFiltered({ ...request, view: 'all' }) ? undefined : filter.since
  const [messages, counts, groups, waitingFaults, choices, older, unconfirmed] = await Promise.all([
    outbox.list(filter, { before, rows: ROWS + 1 }),
    outbox.countsOf(filter),
    // None for a search: failures are grouped whatever the search terms.
    loadPart('failures by cause', async () => (filter.terms ? [] : outbox.failures(filter))),
    filter.terms ? [] : outbox.waitingFaults(filter),
    loadPart('choices of the filters', () => outbox.filterChoices()),
    since ? outbox.failedBefore(since) : 0,
    outbox.unconfirmed(),
  ])
  const rows = messages.slice(0, ROWS)
  const mayBeEmpty = rows.length === 0 && !isFiltered(request)
  return {
    rows,
    counts,
    groups,
    waitingFaults,
    choices,
    unconfirmed,
    older,
    /** The last message of this page, if there are more. */
    next: messages.length > ROWS ? rows.at(-1)?.id : undefined,
    isEmpty: mayBeEmpty && (await outbox.list({}, { before: null, rows: 1 })).length === 0,
  }
}

/** The faults on this page and the one that is chosen, by code, in words. */
function faultsOf(
  rows: readonly MessageRow[],
  groups: readonly FailureGroup[],
  chosen: string,
  textOf: (code: string) => string,
) {
  const ofRows = rows.flatMap(({ state, reason, lastCode }) =>
    state === 'failed' || state === 'queued' ? (reason ?? lastCode ?? []) : [],
  )
  return new Map(
    [...ofRows, ...groups.map(({ code }) => code), chosen].filter(Boolean).map((code) => [code, textOf(code)]),
  )
}

const CHOICES: Record<View, readonly Change[]> = {
  ...CHANGES_IN,
  all: ['resend', 'try-now', 'hold', 'release', 'cancel'],
  waiting: CHANGES_IN.queued,
}
/** Views that are offered only if they have messages. */
const RARE: readonly View[] = ['cancelled', 'dismissed']

function countIn(view: View, counts: StateCounts): number {
  if (view === 'waiting') return counts.queued + counts.sending
  if (view === 'all') return Object.values(counts).reduce((sum, count) => sum + count, 0)
  return counts[view]
}

/** The state is the filter that matters most. Search terms are not counted. */
function States({ request, counts, t }: TextContext<'messages'> & { request: MessagesRequest; counts: StateCounts }) {
  const views = VIEWS.filter((view) => !RARE.includes(view) || view === request.view || countIn(view, counts) > 0)
  const items = views.map((view) => ({
    href: messagesHref({ ...request, view }),
    label: t(`state.${view}`),
    ...(request.filter.terms === undefined && { count: shownCount(countIn(view, counts), t) }),
    current: view === request.view,
  }))
  return <Segments label={t('states')} items={items} />
}

interface ListProps extends TextContext<'messages'> {
  request: MessagesRequest
  counts: StateCounts
  back: string
  isLonger: boolean
}

/** The table in the form of its checkboxes, with what can be done with the chosen messages, or with all that match. */
function List({ rows, chooses, ...view }: ListProps & { rows: readonly ListedMessage[]; chooses: boolean }) {
  const { request, isLonger, back, t } = view
  if (rows.length === 0) {
    const all = messagesHref(request.time === 'range' ? NO_CONDITIONS : { ...NO_CONDITIONS, time: request.time })
    // The search does not read the address that a message was sent from, which is what its recipient sees.
    const sender = request.text
    const sent = request.sender === '' && /^\S+@\S+$/.test(sender) && messagesHref({ ...request, text: '', sender })
    const action = (
      <>
        {sent && <ButtonLink href={sent} text={t('sentFrom', { sender })} />}
        {request.time !== 'all' && (
          <ButtonLink href={messagesHref({ ...request, time: 'all' })} text={t('nothingSince')} />
        )}
        <ButtonLink href={all} text={t('clear')} />
      </>
    )
    return isFiltered(request) && <EmptyState title={t('nothing')} action={action} />
  }
  const table = <MessageTable rows={rows} chooses={chooses} labels={tableLabels(t)} />
  if (!chooses) return table
  const isPart = isFiltered(request) || isLonger
  const all = !isOnlyOne(view) && (
    <label className="no-print flex min-h-8 w-fit items-center gap-2">
      <input type="checkbox" name="all" value="1" className="size-4" />
      {allLabel(view)}
    </label>
  )
  return (
    <PlainForm action={changeAction} hidden={{ back, matching: messagesHref(request).split('?')[1] ?? '' }}>
      {isPart && all && <div className="mb-2 text-sm">{all}</div>}
      <BulkBar
        name={t('bulk.label')}
        chosen={t(isLonger ? 'bulk.chosenHere' : 'bulk.chosen')}
        all={allChosen(view)}
        list={table}
      >
        {!isPart && all}
        <ChangeButtons
          changes={CHOICES[request.view]}
          kindOf={(change, place) => {
            if (change === 'cancel') return 'danger'
            return place === 0 ? 'primary' : 'secondary'
          }}
          cancelsAll={cancelsAll(view)}
          t={t}
        />
      </BulkBar>
    </PlainForm>
  )
}

const isOnlyOne = ({ request, counts }: ListProps) => !request.filter.terms && countIn(request.view, counts) === 1

function allLabel({ request, counts, t }: ListProps): string {
  if (request.filter.terms) return t('bulk.allUncounted')
  const count = shownCount(countIn(request.view, counts), t)
  return t(request.fault === '' ? 'bulk.all' : 'bulk.allFault', { count })
}

const allChosen = ({ request, counts, t }: ListProps): string =>
  request.filter.terms
    ? t('bulk.allChosenUncounted')
    : t('bulk.allChosen', { count: shownCount(countIn(request.view, counts), t) })

function cancelsAll({ request: { filter, view }, counts, t }: ListProps): string {
  if (filter.terms) return `${t('bulk.allChosenUncounted')}.`
  const count = (view === 'held' ? 0 : counts.queued) + (view === 'waiting' ? 0 : counts.held)
  return t('cancel.all', { count: shownCount(count, t) })
}
