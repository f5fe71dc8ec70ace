import { FormInput, FormSelect } from '@/app/_form/form-input'
import { page } from '@/app/_server/page'
import { pageIn, readPage } from '@/app/paging'
import { CALENDAR_PATH, CREDENTIALS_PATH } from '@/app/paths'
import { Answer } from '@/components/answer'
import { Pagination } from '@/components/list-controls'
import { Page } from '@/components/page'
import { Panel } from '@/components/panel'
import { StatusBadge } from '@/components/state-badge'
import { type Columns, Table } from '@/components/table'
import { Timestamp } from '@/components/text'
import type { CalendarFeed } from '@/lib/credentials/store/calendar-feeds'
import { LOCALES } from '@/lib/i18n/locale'
import type { ViewContext } from '@/lib/i18n/translations'
import { services } from '@/lib/services'
import { CredentialForm } from '../_view/credential-form'
import { DoneNote } from '../parts'
import { createFeedAction, revokeFeedAction } from './actions'

/** Private calendar addresses with every expiry date. An address is shown once when it is created, and is not stored. */
export default page('credentials:read', 'credentials', async ({ may, now, t, query }) => {
  const { calendar } = services()
  const [{ rows, before, after }, { count }] = await Promise.all([
    readPage(pageIn(query), calendar.feeds, (to) => `${CALENDAR_PATH}?page=${to}`),
    calendar.feedsInUse(),
  ])
  const mayWrite = may('credentials:write')
  return (
    <Page title={t('feeds.title')} crumbs={[{ label: t('title'), href: CREDENTIALS_PATH }]}>
      <DoneNote query={query} t={t} />
      <Answer
        tone={count === 0 ? 'neutral' : 'good'}
        {...(count === 0 && { mark: 0 })}
        title={t('feeds.answer', { count })}
        detail={t('feeds.detail')}
      />
      {rows.length > 0 && (
        <Table caption={t('feeds.caption')} rows={rows} rowKey={({ id }) => id}>
          {columnsOf({ now, t }, mayWrite)}
        </Table>
      )}
      <Pagination t={t} newer={before} older={after} />
      {!mayWrite && <p className="text-sm text-faint">{t('feeds.readerNote')}</p>}
      {mayWrite && (
        <Panel title={t('feeds.new')} className="max-w-[34rem]">
          <CredentialForm action={createFeedAction} submit={{ label: t('feeds.create'), kind: 'primary' }}>
            <FormInput
              name="feedName"
              autoCapitalize="sentences"
              label={t('feeds.name')}
              hint={t('feeds.nameHint')}
              maxLength={80}
              required
            />
            <FormSelect
              name="feedLocale"
              label={t('feeds.language')}
              defaultValue={t.locale}
              options={LOCALES.map((each) => ({ value: each, label: t(`feeds.locale.${each}`) }))}
            />
          </CredentialForm>
        </Panel>
      )}
    </Page>
  )
})

function columnsOf({ now, t }: ViewContext<'credentials'>, mayWrite: boolean): Columns<CalendarFeed> {
  const when = (at: Date) => <Timestamp at={at} now={now} t={t} />
  return (column) => [
    column(t('feeds.name'), { share: 'xl:w-[27%]' }, ({ name }) => <bdi>{name}</bdi>),
    column(t('feeds.state'), { share: 'xl:w-[11%]' }, ({ revokedAt }) => (
      <StatusBadge tone={revokedAt ? 'neutral' : 'good'}>{t(revokedAt ? 'feeds.revoked' : 'feeds.active')}</StatusBadge>
    )),
    column(t('feeds.language'), { share: 'xl:w-[10%]' }, (feed) => t(`feeds.locale.${feed.locale}`)),
    column(t('feeds.created'), { brief: 'named', share: 'xl:w-[20%]' }, ({ createdAt }) => when(createdAt)),
    column(t('feeds.read'), { brief: 'named', share: 'xl:w-[20%]' }, ({ lastReadAt }) =>
      lastReadAt ? when(lastReadAt) : t('feeds.never'),
    ),
    mayWrite &&
      column(
        t('feeds.revoke'),
        { hideLabel: true, align: 'end', share: 'xl:w-[12%]' },
        ({ id, name, revokedAt }) =>
          !revokedAt && (
            <CredentialForm
              action={revokeFeedAction}
              hidden={{ feed: id }}
              submit={{ label: t('feeds.revoke'), kind: 'danger', about: name }}
            />
          ),
      ),
  ]
}
