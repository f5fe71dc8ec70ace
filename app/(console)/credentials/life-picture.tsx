import { Timeline } from '@/components/timeline'
import type { CredentialView } from '@/lib/credentials/room'
import type { Told } from './credential-cells'
import { TONE_OF } from './state-word'
import { beginOf, nameOf } from './words-of'

const DAY_MS = 24 * 60 * 60 * 1000
/** Microsoft, Exchange Team Blog of 27 January 2026: end of December 2026. */
const BASIC_OFF = new Date('2026-12-31T00:00:00Z')
/** More bars than this are no picture any more; the table has them all. */
const BARS_MAX = 24

export function LifePicture(props: Told & { views: readonly CredentialView[]; thresholdsDays: readonly number[] }) {
  const { views, now, locale, t } = props
  const ahead = props.thresholdsDays.filter((days) => days > 0)
  return (
    <>
      <Timeline
        label={t('timeline.picture')}
        locale={locale}
        now={{ at: now, label: t('timeline.today') }}
        dates={[{ at: BASIC_OFF, label: t('timeline.basic') }]}
        bars={views.slice(0, BARS_MAX).map((view) => {
          const { id, state, expiresAt, isSettling } = view
          return {
            key: id,
            label: nameOf(view, t),
            from: beginOf(view),
            until: expiresAt,
            tone: isSettling ? 'neutral' : TONE_OF[state],
            marks: expiresAt ? ahead.map((days) => new Date(expiresAt.getTime() - days * DAY_MS)) : [],
          }
        })}
      />
      <div className="mt-3 grid max-w-[46rem] gap-1 text-sm text-faint">
        <p>{t('timeline.legend', { days: ahead.join(', ') })}</p>
        <p>{t('timeline.basicText')}</p>
      </div>
    </>
  )
}
