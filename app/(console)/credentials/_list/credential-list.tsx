import { CREDENTIALS_PATH, MAIL_SERVERS_PATH, SET_UP_PATH } from '@/app/paths'
import { ButtonLink } from '@/components/button-link'
import { EmptyState } from '@/components/empty-state'
import { Pagination } from '@/components/pagination'
import { PrintButton } from '@/components/print-button'
import { Section } from '@/components/section'
import type { CredentialView, SlotsView } from '@/lib/credentials/views'
import type { ViewContext } from './credential-cells'
import { CredentialFilter } from './credential-filter'
import { CredentialTable } from './credential-table'
import type { Dependents } from './dependents'
import { LifePicture } from './lifetime-chart'
import { type CredentialsQuery, filtered, paged, queryText } from './query'

interface List extends ViewContext {
  slots: readonly SlotsView[]
  /** All credentials, before the filter. */
  views: readonly CredentialView[]
  query: CredentialsQuery
  /** The page number, as it is in the address. */
  pageParameter: string | string[] | undefined
  thresholdsDays: readonly number[]
  dependents: (mailServerId: string) => Dependents
}

/** The filtered credentials as a chart and as a table. */
export function CredentialList(list: List) {
  const { slots, views: all, query, pageParameter, thresholdsDays, dependents, ...context } = list
  const { t } = context
  const views = filtered(all, query)
  const page = paged(views, query, pageParameter)
  return (
    <Section
      id="list"
      title={t('list')}
      aside={
        <div className="no-print flex flex-wrap gap-2">
          <a href={`${CREDENTIALS_PATH}/export${queryText(query)}`} className="button button-secondary">
            {t('export')}
          </a>
          <PrintButton label={t('print')} />
        </div>
      }
    >
      {views.length > 0 && (
        <div className="mb-6">
          <LifePicture
            views={page.rows}
            thresholdsDays={thresholdsDays}
            usesPassword={all.some(({ kind }) => kind === 'smtp-password')}
            {...context}
          />
        </div>
      )}
      <CredentialFilter
        query={query}
        servers={slots.map(({ mailServer }) => mailServer)}
        owners={ownersOf(all)}
        t={t}
      />
      {views.length === 0 ? (
        <EmptyState title={t('filter.nothing')} />
      ) : (
        <CredentialTable views={page.rows} slots={slots} dependents={dependents} {...context} />
      )}
      <Pagination
        label={t('paging.label')}
        newer={page.before}
        older={page.after}
        labels={{ newer: t('paging.before'), older: t('paging.after') }}
      />
    </Section>
  )
}

/** Shown while no credential is stored. */
export const NoCredentials = ({ t }: Pick<ViewContext, 't'>) => (
  <EmptyState
    title={t('empty.title')}
    action={
      <>
        <ButtonLink kind="primary" href={MAIL_SERVERS_PATH}>
          {t('empty.toMailServer')}
        </ButtonLink>
        <ButtonLink href={SET_UP_PATH}>{t('empty.toSetUp')}</ButtonLink>
      </>
    }
  >
    <p>{t('empty.text')}</p>
  </EmptyState>
)

const ownersOf = (views: readonly CredentialView[]): string[] =>
  [...new Set(views.flatMap(({ owners }) => owners))].sort((a, b) => a.localeCompare(b))
