import { EmptyState } from '@/components/empty-state'
import { Foreign } from '@/components/foreign'
import { Pagination } from '@/components/pagination'
import { Section } from '@/components/section'
import { StatusBadge } from '@/components/state-badge'
import { Table } from '@/components/table'
import { Timestamp } from '@/components/timestamp'
import { actorText } from '@/lib/i18n/actor-text'
import type { Locale } from '@/lib/i18n/locale'
import type { Translator } from '@/lib/i18n/translations'
import type { RevisionSummary } from '@/lib/mail-server'
import { type ListPage, neighbours } from '../list-page'
import { RestoreForm } from './restore-form'

export function Revisions(
  props: ListPage<RevisionSummary> & {
    server: string
    path: string
    current: number
    newToken: () => string
    maySave: boolean
    now: Date
    locale: Locale
    t: Translator<'mail-server'>
  },
) {
  const { current, newToken, maySave, now, locale, t, rows } = props
  return (
    <Section id="revisions" title={t('revisions.title')}>
      {rows.length === 0 ? (
        <EmptyState title={t('revisions.empty')}>{t('revisions.emptyText')}</EmptyState>
      ) : (
        <Table
          caption={t('revisions.caption')}
          rows={rows}
          rowKey={({ number }) => String(number)}
          columns={[
            { key: 'number', label: t('revisions.number'), cell: ({ number }) => number },
            {
              key: 'when',
              label: t('revisions.when'),
              cell: ({ savedAt }) => <Timestamp at={savedAt} now={now} locale={locale} />,
            },
            {
              key: 'who',
              label: t('revisions.who'),
              cell: ({ savedBy }) => <Foreign>{actorText(savedBy, locale)}</Foreign>,
            },
            {
              key: 'proof',
              label: t('revisions.proof'),
              cell: ({ number, verified }) => <RevisionBadges {...{ verified, t }} isCurrent={number === current} />,
            },
            ...(maySave
              ? [
                  {
                    key: 'action',
                    label: t('revisions.action'),
                    cell: ({ number }: RevisionSummary) =>
                      number === current ? null : (
                        <RestoreForm
                          server={props.server}
                          number={number}
                          version={current}
                          formToken={newToken()}
                          label={t('revisions.restore', { number })}
                          kind="quiet"
                        />
                      ),
                  },
                ]
              : []),
          ]}
        />
      )}
      <Pagination
        label={t('history.pages')}
        labels={{ newer: t('history.newer'), older: t('history.older') }}
        {...neighbours(props, { list: 'revisions', path: props.path })}
      />
    </Section>
  )
}

function RevisionBadges(props: { verified: boolean; isCurrent: boolean; t: Translator<'mail-server'> }) {
  const { verified, isCurrent, t } = props
  return (
    <span className="flex flex-wrap gap-1.5">
      <StatusBadge tone={verified ? 'good' : 'neutral'}>
        {t(verified ? 'revisions.verified' : 'revisions.unverified')}
      </StatusBadge>
      {isCurrent && <StatusBadge tone="accent">{t('revisions.current')}</StatusBadge>}
    </span>
  )
}
