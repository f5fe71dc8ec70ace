import { FlashMessage } from '@/app/_form/flash-message'
import { page, pageTitle } from '@/app/_server/page'
import { APPLICATIONS_PATH } from '@/app/paths'
import { Answer } from '@/components/answer'
import { Icon } from '@/components/icon'
import { Page } from '@/components/page'
import type { InventoryView } from '@/lib/credentials/inventory/list'
import { dueWithinDays } from '@/lib/credentials/inventory/types'
import type { Translator } from '@/lib/i18n/translations'
import { services } from '@/lib/services'
import { credentialTabs } from '../tabs'
import { ApplicationList } from './application-list'
import { readCursor, readFilter, searchOf } from './query'
import { ReadingPart } from './reading-part'

export const generateMetadata = pageTitle('inventory', 'title')

/** What expires soon in the tenant, and whether it is watched. */
export default page('credentials:read', 'inventory', async ({ may, now, locale, t, query: parameters }) => {
  const tabs = await credentialTabs('applications')
  const { inventory } = services()
  const [filter, cursor] = [readFilter(parameters), readCursor(parameters)]
  const view = await inventory.view(filter, cursor)
  const { counts, reader } = view
  const mayWrite = may('credentials:write')
  const isKnown = counts !== null && Object.values(counts).some((count) => count > 0)
  const reading = <ReadingPart {...{ view, now, locale, t }} may={{ write: mayWrite, test: may('credentials:test') }} />
  return (
    <Page
      title={t('title')}
      {...tabs}
      actions={
        isKnown && (
          <a href={`${APPLICATIONS_PATH}/export${searchOf(filter)}`} className="button button-secondary">
            <Icon name="download" className="size-4" />
            <span className="bar-label">{t('export')}</span>
          </a>
        )
      }
    >
      <FlashMessage query={parameters} t={t} />
      <TenantAnswer view={view} isKnown={isKnown} t={t} />
      {/* While there is nothing to list, or it is being read, this is what matters; otherwise the list is. */}
      {(!isKnown || view.run?.state === 'running') && reading}
      {isKnown && reader && (
        <ApplicationList
          view={view}
          counts={counts}
          cloud={reader.cloud}
          filter={filter}
          cursor={cursor}
          mayWrite={mayWrite}
          isBulkRequested={parameters.bulk === 'ask'}
          locale={locale}
          t={t}
        />
      )}
      {isKnown && view.run?.state !== 'running' && reading}
    </Page>
  )
})

function TenantAnswer({ view, isKnown, t }: { view: InventoryView; isKnown: boolean; t: Translator<'inventory'> }) {
  const { counts, watch, done } = view
  if (isKnown && counts) {
    const count = counts.critical + counts.soon
    return (
      <Answer
        tone={counts.critical > 0 ? 'bad' : count > 0 ? 'warn' : 'good'}
        {...(count > 0 && { mark: count })}
        title={t('answer.due', { count, days: dueWithinDays(watch.thresholdsDays) })}
        detail={t('answer.dueDetail', { expired: counts.expired })}
      />
    )
  }
  if (done) return <Answer tone="good" title={t('answer.none')} />
  if (watch.inventory)
    return <Answer tone="neutral" mark={0} title={t('answer.nothing')} detail={t('answer.nothingDetail')} />
  return <Answer tone="neutral" mark={0} title={t('answer.off')} detail={t('answer.offDetail')} />
}
