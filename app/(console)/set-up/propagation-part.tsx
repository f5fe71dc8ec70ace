import { Note } from '@/components/note'
import { Section } from '@/components/section'
import { absoluteTime, relativeTime } from '@/components/timestamp'
import type { Locale } from '@/lib/i18n/locale'
import type { Translator } from '@/lib/i18n/translations'
import { actorName } from '@/lib/kernel/actor'
import { MINUTE_MS } from '@/lib/kernel/time'
import type { SetupGuideView } from '@/lib/setup-guide'
import { TEST_EVERY_MS } from '@/lib/setup-guide/retry'
import { CancelRetry, StartRetry } from './retry-forms'
import { TestLink } from './step-list'

interface PropagationProps {
  /** Id of the mail server that the guide is about. */
  server: string
  view: SetupGuideView
  mayTest: boolean
  testTo: string
  now: Date
  locale: Locale
  t: Translator<'set-up'>
}

/** Says that a change may still be propagating at Microsoft, and retries the test automatically. Absent if neither applies. */
export function PropagationPart(props: PropagationProps) {
  const { view, t, locale } = props
  const { propagation, plan } = view
  const hasNoResult = plan === null || plan.outcome === 'cancelled' || plan.outcome === 'replaced'
  if (!propagation && hasNoResult) return null
  return (
    <Section id="settling" title={t(propagation ? 'propagation.title' : 'propagation.retryTitle')}>
      {propagation && (
        <Note kind="warning" className="mb-4">
          <p>{t('propagation.text')}</p>
          <p>
            {t('propagation.since', {
              since: absoluteTime(propagation.since, locale),
              until: absoluteTime(propagation.until, locale),
            })}
          </p>
        </Note>
      )}
      {plan !== null && plan.endedAt === null ? (
        <RunningPlan plan={plan} {...props} />
      ) : (
        <>
          {plan?.outcome && (
            <Note kind={plan.outcome === 'accepted' ? 'success' : 'info'} className="mb-4">
              <p>{t(`propagation.ended.${plan.outcome}`)}</p>
              <LastTest id={plan.lastTestId} t={t} />
            </Note>
          )}
          {propagation && view.saved && <RetryOffer {...props} />}
        </>
      )}
    </Section>
  )
}

type Plan = NonNullable<SetupGuideView['plan']>

function RunningPlan({ plan, server, mayTest, now, locale, t }: PropagationProps & { plan: Plan }) {
  return (
    <Note
      kind="info"
      title={t('propagation.running')}
      action={mayTest && <CancelRetry server={server} label={t('propagation.cancel')} />}
    >
      <p>
        {t('propagation.runningText', {
          next: relativeTime(new Date(Math.max(plan.nextAt.getTime(), now.getTime())), now, locale),
          until: absoluteTime(plan.until, locale),
          to: plan.recipient,
          by: actorName(plan.startedBy),
        })}
      </p>
      <LastTest id={plan.lastTestId} t={t} />
    </Note>
  )
}

function RetryOffer({ server, mayTest, testTo, t }: PropagationProps) {
  if (!mayTest) return <p className="text-sm text-faint">{t('propagation.operatorNote')}</p>
  return (
    <div>
      <h3 className="font-[600]">{t('propagation.retryTitle')}</h3>
      <p className="mt-1 mb-3 max-w-[46rem] text-sm text-soft">
        {t('propagation.retryText', { minutes: TEST_EVERY_MS / MINUTE_MS })}
      </p>
      <StartRetry
        server={server}
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
