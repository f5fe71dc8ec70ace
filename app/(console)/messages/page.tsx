import type { Metadata } from 'next'
import Link from 'next/link'
import { FlashMessage } from '@/app/_form/flash-message'
import { requireCaller } from '@/app/_server/caller'
import { getTranslations } from '@/app/_server/translations'
import { RETENTION_PATH } from '@/app/paths'
import { ButtonLink } from '@/components/button-link'
import { EmptyState } from '@/components/empty-state'
import { Filters } from '@/components/filters'
import { Page } from '@/components/page'
import { Pagination } from '@/components/pagination'
import { Refresh } from '@/components/refresh'
import { may } from '@/lib/access/permissions'
import type { Translator } from '@/lib/i18n/translations'
import { COUNTED_MAX } from '@/lib/outbox/service'
import type { MessageCounts } from '@/lib/outbox/store/messages'
import { services } from '@/lib/services'
import { BULK_FORM, BulkForm, canChoose } from './bulk-form'
import { listedMessage, tableLabels } from './load-rows'
import { MessageFilter } from './message-filter'
import { MessageTable } from './message-table'
import { PausePart } from './pause-part'
import { pauseViewOf } from './pause-view'
import { type MessagesRequest, messagesHref, readMessagesRequest, VIEWS, type View } from './query'

const ROWS = 50
const REFRESH_SECONDS = 5

export async function generateMetadata(): Promise<Metadata> {
  return { title: (await getTranslations('messages'))('title') }
}

export default async function MessagesPage({ searchParams }: PageProps<'/messages'>) {
  const { locale, actor } = await requireCaller('messages:read')
  const query = await searchParams
  const [t, diagnosis, shell] = await Promise.all([
    getTranslations('messages'),
    getTranslations('diagnosis'),
    getTranslations('shell'),
  ])
  const { outbox, clock } = services()
  const request = readMessagesRequest(query)
  const [messages, counts, delivery] = await Promise.all([
    outbox.list(request.filter, { before: request.before, rows: ROWS + 1 }),
    outbox.counts(),
    outbox.delivery(),
  ])
  const pauses = (await Promise.all(delivery.map((each) => pauseViewOf(each, locale)))).filter((each) => each !== null)
  const rows = messages.slice(0, ROWS)
  const last = messages.length > ROWS ? rows.at(-1) : undefined
  const mayAct = may(actor.role, 'messages:act')
  const chooses = mayAct && rows.length > 0 && canChoose(request.view)
  const here = messagesHref(request, { before: request.before }).split('?')[1] ?? ''
  const now = clock.now()
  return (
    <Page title={t('title')} description={t('description')}>
      <FlashMessage query={query} t={t} />
      {delivery.length > 0 && (
        <PausePart
          pauses={pauses}
          servers={delivery}
          mayChange={may(actor.role, 'mail-server:write')}
          back={here}
          locale={locale}
          t={t}
          copy={{ copy: shell('copy'), copied: shell('copied') }}
        />
      )}
      <States request={request} counts={counts} t={t} />
      <MessageFilter request={request} t={t} />
      {rows.length > 0 ? (
        <MessageTable
          rows={rows.map((row) => listedMessage(row, { now, locale, t, diagnosis }))}
          form={chooses ? BULK_FORM : null}
          labels={tableLabels(t)}
        />
      ) : (
        <Nothing request={request} t={t} />
      )}
      {chooses && <BulkForm view={request.view} back={here} t={t} />}
      <Pagination
        label={t('paging.label')}
        newer={request.before ? messagesHref(request) : null}
        older={last ? messagesHref(request, { before: last.id }) : null}
        labels={{ newer: t('paging.newest'), older: t('paging.older') }}
      />
      <p className="mt-8 text-sm">
        <Link href={RETENTION_PATH} prefetch={false} className="prose-link">
          {t('retention.link')}
        </Link>
      </p>
      <Refresh everySeconds={REFRESH_SECONDS} />
    </Page>
  )
}

/** The number of messages in each state, with a link to them. Delivered ones are not counted, since their number only grows. */
function States({
  request,
  counts,
  t,
}: {
  request: MessagesRequest
  counts: MessageCounts
  t: Translator<'messages'>
}) {
  const count: Partial<Record<View, number>> = {
    waiting: counts.queued + counts.sending,
    held: counts.held,
    failed: counts.failed,
  }
  const items = VIEWS.map((view) => ({
    href: messagesHref({ ...request, view }),
    label: labelOf(t(`state.${view}`), count[view] ?? 0, t),
    current: view === request.view,
  }))
  return <Filters label={t('states')} items={items} />
}

function labelOf(state: string, count: number, t: Translator<'messages'>): string {
  if (count === 0) return state
  return count >= COUNTED_MAX
    ? t('countOver', { label: state, count: COUNTED_MAX })
    : t('count', { label: state, count })
}

function Nothing({ request, t }: { request: MessagesRequest; t: Translator<'messages'> }) {
  const isNarrowed =
    request.view !== 'all' || request.recipient !== '' || request.text !== '' || request.before !== null
  if (!isNarrowed) return <EmptyState title={t('empty')}>{t('emptyText')}</EmptyState>
  const all = messagesHref({ view: 'all', recipient: '', text: '' })
  return <EmptyState title={t('nothing')} action={<ButtonLink href={all}>{t('filter.clear')}</ButtonLink>} />
}
