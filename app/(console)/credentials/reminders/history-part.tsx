import Link from 'next/link'
import { credentialPath } from '@/app/paths'
import { EmptyState } from '@/components/empty-state'
import { Section } from '@/components/section'
import { Timestamp } from '@/components/timestamp'
import { isEndless } from '@/lib/credentials/expiry'
import type { ReminderState } from '@/lib/credentials/reminders/kinds'
import { nextThreshold } from '@/lib/credentials/reminders/plan'
import type { Channel } from '@/lib/credentials/store/channel-rows'
import type { Reminder } from '@/lib/credentials/store/reminders'
import type { CredentialView } from '@/lib/credentials/views'
import type { Translator } from '@/lib/i18n/translations'
import type { ViewContext } from '../_list/credential-cells'
import { nameOf } from '../_list/labels'
import { StateLabel } from '../_list/state-label'
import { CredentialForm } from '../_rotation/credential-form'
import { sendAgainAction } from './actions'
import { HistoryTable } from './history-table'

/** Rows for each credential; the Activity page has the rest. */
const ROWS_MAX = 40

/** Reminders in these states wait for a retry if they have a fault. */
const WAITING: readonly ReminderState[] = ['due', 'queued']

interface Part extends ViewContext<'reminders'> {
  views: readonly CredentialView[]
  reminders: readonly Reminder[]
  channels: readonly Channel[]
  thresholdsDays: readonly number[]
  mayTest: boolean
  credentialLabels: Translator<'credentials'>
}

/** For each credential the reminders that were sent, that wait, and that come next. */
export function HistoryPart(part: Part) {
  const { views, reminders, mayTest, t } = part
  const own = (view: CredentialView) => reminders.filter(({ credentialId }) => credentialId === view.id)
  const inUse = views.filter(({ slot }) => slot !== 'previous')
  const previous = views.filter((view) => view.slot === 'previous' && own(view).length > 0)
  const isWaiting = reminders.some(
    ({ state, fault }) => state === 'failed' || (fault !== null && WAITING.includes(state)),
  )
  return (
    <Section id="told" title={t('list.title')} description={t('list.text', { rows: ROWS_MAX })}>
      {mayTest && isWaiting && (
        <div className="mb-5 rounded-lg bg-sunken px-4 py-3">
          <p className="mb-2 text-sm text-soft">{t('list.againText')}</p>
          <CredentialForm
            action={sendAgainAction}
            hidden={{}}
            submit={{ label: t('list.again'), pending: t('pending') }}
          />
        </div>
      )}
      {inUse.length === 0 && (
        <EmptyState title={t('list.none')}>
          <p>{t('list.noneText')}</p>
        </EmptyState>
      )}
      <div className="grid gap-6">
        {inUse.map((view) => (
          <OneCredential key={view.id} view={view} rows={own(view)} {...part} />
        ))}
      </div>
      {previous.length > 0 && (
        <details className="mt-6 border-t border-line pt-3">
          <summary className="font-[550]">{t('list.former')}</summary>
          <div className="mt-4 grid gap-6">
            {previous.map((view) => (
              <OneCredential key={view.id} view={view} rows={own(view)} {...part} />
            ))}
          </div>
        </details>
      )}
      {reminders.length > 0 && <p className="mt-5 max-w-[46rem] text-sm text-faint">{t('list.legend')}</p>}
    </Section>
  )
}

function OneCredential({ view, rows, ...part }: Part & { view: CredentialView; rows: readonly Reminder[] }) {
  const { t, credentialLabels, channels, now, locale } = part
  const name = nameOf(view, credentialLabels)
  return (
    <div>
      <div className="flex flex-wrap items-baseline gap-x-3 gap-y-1">
        <h3 className="font-[600]">
          <Link href={credentialPath(view.id)} prefetch={false} className="prose-link">
            {name}
          </Link>
        </h3>
        <StateLabel view={view} t={credentialLabels} />
      </div>
      {view.slot !== 'previous' && (
        <p className="mb-2 text-sm text-soft">
          <Coming view={view} {...part} />
        </p>
      )}
      {rows.length === 0 ? (
        <p className="text-sm text-faint">{t('list.nothing')}</p>
      ) : (
        <HistoryTable name={name} rows={rows.slice(0, ROWS_MAX)} {...{ channels, now, locale, t }} />
      )}
    </div>
  )
}

/** Which text says that there is no expiry date. */
const withoutEnd = (view: CredentialView) =>
  view.kind === 'smtp-password' ? 'nextNoDatePassword' : isEndless(view) ? 'nextEndless' : 'nextNoDate'

function Coming({
  view,
  thresholdsDays,
  now,
  locale,
  t,
}: ViewContext<'reminders'> & Pick<Part, 'thresholdsDays'> & { view: CredentialView }) {
  const { expiresAt } = view
  if (!expiresAt) return t(`list.${withoutEnd(view)}`)
  const next = nextThreshold(expiresAt, thresholdsDays, now)
  if (!next) return t('list.nextNone')
  return (
    <>
      {t('list.nextOne', { what: t('list.days', { days: next.thresholdDays }) })}{' '}
      <Timestamp at={next.at} now={now} locale={locale} />
    </>
  )
}
