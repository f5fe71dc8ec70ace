import { Note } from '@/components/note'
import { Section } from '@/components/section'
import { absoluteTime, relativeTime } from '@/components/timestamp'
import type { Locale } from '@/lib/i18n/locale'
import type { Translator } from '@/lib/i18n/translations'
import { actorName } from '@/lib/kernel/actor'
import type { SetUpView } from '@/lib/setup-guide'
import { TRY_EVERY_MS } from '@/lib/setup-guide/auto-retry'
import { CancelRetry, StartRetry } from './retry-forms'
import { TestLink } from './step-list'

interface Told {
  /** The mail server that the guide is about. */
  server: string
  view: SetUpView
  mayTest: boolean
  testTo: string
  now: Date
  locale: Locale
  t: Translator<'set-up'>
}

/** Waiting is what to do, or the console does it. Absent where nothing settles and no try has anything to say. */
export function SettlingPart(told: Told) {
  const { view, t, locale, now } = told
  const { settling, plan } = view
  const running = plan !== null && plan.endedAt === null
  const nothingToSay = plan === null || plan.outcome === 'cancelled' || plan.outcome === 'replaced'
  if (!settling && nothingToSay) return null
  return (
    <Section id="settling" title={t(settling ? 'settling.title' : 'settling.tryTitle')}>
      {settling && (
        <Note kind="warning" className="mb-4">
          <p>{t('settling.text')}</p>
          <p>
            {t('settling.since', {
              since: absoluteTime(settling.since, locale),
              until: absoluteTime(settling.until, locale),
            })}
          </p>
        </Note>
      )}
      {running ? (
        <Note
          kind="info"
          title={t('settling.running')}
          action={told.mayTest && <CancelRetry server={told.server} label={t('settling.cancel')} />}
        >
          <p>
            {t('settling.runningText', {
              next: relativeTime(new Date(Math.max(plan.nextAt.getTime(), now.getTime())), now, locale),
              until: absoluteTime(plan.until, locale),
              to: plan.recipient,
              by: actorName(plan.startedBy),
            })}
          </p>
          <LastTry id={plan.lastTestId} t={t} />
        </Note>
      ) : (
        <>
          {plan?.outcome && (
            <Note kind={plan.outcome === 'accepted' ? 'success' : 'info'} className="mb-4">
              <p>{t(`settling.ended.${plan.outcome}`)}</p>
              <LastTry id={plan.lastTestId} t={t} />
            </Note>
          )}
          {settling && view.saved && <TryItself {...told} />}
        </>
      )}
    </Section>
  )
}

function TryItself({ server, mayTest, testTo, t }: Told) {
  if (!mayTest) return <p className="text-sm text-faint">{t('settling.operatorNote')}</p>
  return (
    <div>
      <h3 className="font-[600]">{t('settling.tryTitle')}</h3>
      <p className="mt-1 mb-3 max-w-[46rem] text-sm text-soft">
        {t('settling.tryText', { minutes: TRY_EVERY_MS / 60_000 })}
      </p>
      <StartRetry
        server={server}
        testTo={testTo}
        labels={{ to: t('settling.to'), start: t('settling.start'), starting: t('settling.starting') }}
      />
    </div>
  )
}

const LastTry = ({ id, t }: { id: string | null; t: Translator<'set-up'> }) =>
  id && (
    <p>
      <TestLink id={id}>{t('settling.lastTry')}</TestLink>
    </p>
  )
