import { Timeline } from '@/components/timeline'
import type { CredentialView } from '@/lib/credentials/views'
import { DAY_MS } from '@/lib/kernel/time'
import type { ViewContext } from './credential-cells'
import { beginOf, nameOf } from './labels'
import { TONE_OF } from './state-label'

/** End of December 2026, according to the Exchange Team Blog of 27 January 2026. */
const BASIC_OFF = new Date('2026-12-31T00:00:00Z')

/** @param props.views one page of the table below, which says the same as text */
export function LifePicture(
  props: ViewContext & {
    views: readonly CredentialView[]
    thresholdsDays: readonly number[]
    /** Some mail server signs in with a password, so the date on which Microsoft ends Basic Auth is shown. */
    usesPassword: boolean
  },
) {
  const { views, usesPassword, now, locale, t } = props
  const ahead = props.thresholdsDays.filter((days) => days > 0)
  return (
    <>
      <Timeline
        label={t('timeline.picture')}
        locale={locale}
        now={{ at: now, label: t('timeline.today') }}
        dates={usesPassword ? [{ at: BASIC_OFF, label: t('timeline.basic') }] : []}
        bars={views.map((view) => {
          const { id, state, expiresAt, isPropagating } = view
          return {
            key: id,
            label: nameOf(view, t),
            from: beginOf(view),
            until: expiresAt,
            tone: isPropagating ? 'neutral' : TONE_OF[state],
            marks: expiresAt ? ahead.map((days) => new Date(expiresAt.getTime() - days * DAY_MS)) : [],
          }
        })}
      />
      <div className="mt-3 grid max-w-[46rem] gap-1 text-sm text-faint">
        <p>{t('timeline.legend', { days: ahead.join(', ') })}</p>
        {usesPassword && <p>{t('timeline.basicText')}</p>}
      </div>
    </>
  )
}
