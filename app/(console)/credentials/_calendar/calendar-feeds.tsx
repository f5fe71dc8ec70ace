import { newFormToken } from '@/app/_server/form-token'
import { Select, TextInput } from '@/components/inputs'
import { Section } from '@/components/section'
import { StatusBadge } from '@/components/state-badge'
import { type Column, Table } from '@/components/table'
import { Timestamp } from '@/components/timestamp'
import type { CalendarFeed } from '@/lib/credentials/store/calendar-feeds'
import { LOCALES } from '@/lib/i18n/locale'
import type { ViewContext } from '../_list/credential-cells'
import { CredentialForm } from '../_rotation/credential-form'
import { createFeedAction, revokeFeedAction } from './feed-actions'

/** Private calendar addresses. The address itself was shown once and is not stored. */
export function CalendarFeeds(props: ViewContext & { feeds: readonly CalendarFeed[]; mayWrite: boolean }) {
  const { feeds, mayWrite, now, locale, t } = props
  const when = (at: Date) => <Timestamp at={at} now={now} locale={locale} />
  const columns: Column<CalendarFeed>[] = [
    { key: 'name', label: t('feeds.name'), cell: ({ name }) => <bdi>{name}</bdi> },
    {
      key: 'state',
      label: t('feeds.state'),
      cell: ({ revokedAt }) => (
        <StatusBadge tone={revokedAt ? 'neutral' : 'good'}>
          {t(revokedAt ? 'feeds.revoked' : 'feeds.active')}
        </StatusBadge>
      ),
    },
    { key: 'language', label: t('feeds.language'), cell: (feed) => t(`feeds.locale.${feed.locale}`) },
    { key: 'created', label: t('feeds.created'), cell: ({ createdAt }) => when(createdAt) },
    {
      key: 'read',
      label: t('feeds.read'),
      cell: ({ lastReadAt }) => (lastReadAt ? when(lastReadAt) : t('feeds.never')),
    },
    {
      key: 'revoke',
      label: t('feeds.revoke'),
      cell: ({ id, revokedAt }) =>
        mayWrite &&
        !revokedAt && (
          <CredentialForm
            action={revokeFeedAction}
            hidden={{ feed: id }}
            submit={{ label: t('feeds.revoke'), pending: t('act.pending'), kind: 'danger' }}
          />
        ),
    },
  ]
  return (
    <Section id="calendar" title={t('feeds.title')} description={t('feeds.description')} className="no-print">
      {feeds.length === 0 ? (
        <p className="text-sm text-faint">{t('feeds.none')}</p>
      ) : (
        <Table
          caption={t('feeds.caption')}
          rows={feeds}
          rowKey={({ id }) => id}
          columns={columns.filter(({ key }) => mayWrite || key !== 'revoke')}
        />
      )}
      {mayWrite && (
        <div className="mt-5">
          <CredentialForm
            action={createFeedAction}
            hidden={{ formToken: newFormToken() }}
            submit={{ label: t('feeds.create'), pending: t('act.pending') }}
          >
            <TextInput name="feedName" label={t('feeds.name')} hint={t('feeds.nameHint')} maxLength={80} required />
            <Select
              name="feedLocale"
              label={t('feeds.language')}
              defaultValue={locale}
              options={LOCALES.map((each) => ({ value: each, label: t(`feeds.locale.${each}`) }))}
            />
          </CredentialForm>
        </div>
      )}
    </Section>
  )
}
