import { Note } from '@/components/note'
import { absoluteTime, timeUntil } from '@/components/timestamp'
import type { Translator } from '@/lib/i18n/translations'
import { actorName, MINUTE_MS } from '@/lib/kernel'
import { TEST_EVERY_MS } from '@/lib/setup-guide/retry'
import { type GuideContext, TestLink } from './step-view'
import { CancelRetry, StartRetry } from './test-forms'

/** Says that a change may not be in effect at Microsoft yet, and tests again automatically. Absent if neither applies. */
export function PropagationNote(props: GuideContext) {
  const { view, now, locale, t } = props
  const { propagation, plan } = view
  if (plan !== null && plan.endedAt === null)
    return (
      <Note
        kind="info"
        title={t('propagation.running', { until: absoluteTime(plan.until, locale) })}
        action={props.mayTest && <CancelRetry server={props.server.id} label={t('propagation.cancel')} />}
      >
        <p>
          {t('propagation.runningText', {
            next: timeUntil(plan.nextAt, now, locale),
            to: plan.recipient,
            by: actorName(plan.startedBy),
          })}
        </p>
        <LastTest id={plan.lastTestId} t={t} />
      </Note>
    )
  const ended = plan?.outcome ?? null
  if (!propagation && (ended === null || ended === 'cancelled' || ended === 'replaced')) return null
  return (
    <>
      {ended && plan && (
        <Note kind={ended === 'accepted' ? 'success' : 'info'}>
          <p>{t(`propagation.ended.${ended}`)}</p>
          <LastTest id={plan.lastTestId} t={t} />
        </Note>
      )}
      {propagation && (
        <Note kind="warning" title={t('propagation.title')} action={view.saved && <RetryOffer {...props} />}>
          <p>{t('propagation.text')}</p>
          <p>
            {t('propagation.since', {
              since: absoluteTime(propagation.since, locale),
              until: absoluteTime(propagation.until, locale),
            })}
          </p>
        </Note>
      )}
    </>
  )
}

function RetryOffer({ server, mayTest, testTo, t }: GuideContext) {
  if (!mayTest) return <p className="text-sm text-faint">{t('propagation.operatorNote')}</p>
  return (
    <div className="grid gap-2">
      <p className="text-sm text-soft">{t('propagation.retryText', { minutes: TEST_EVERY_MS / MINUTE_MS })}</p>
      <StartRetry
        server={server.id}
        testTo={testTo}
        labels={{ to: t('propagation.to'), start: t('propagation.start'), starting: t('propagation.starting') }}
      />
    </div>
  )
}

const LastTest = ({ id, t }: { id: string | null; t: Translator<'set-up'> }) =>
  id && (
    <p>
      <TestLink id={id}>{t('propagation.lastTest')}</TestLink>
    </p>
  )
