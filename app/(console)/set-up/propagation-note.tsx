import { FormInput } from '@/app/_form/form-input'
import { PersonForm } from '@/app/_form/person-form'
import { Note } from '@/components/note'
import type { Translator } from '@/lib/i18n/translations'
import { actorName, MINUTE_MS } from '@/lib/kernel'
import { TEST_EVERY_MS } from '@/lib/setup-guide/retry'
import { SettingsForm } from '../_form/settings-form'
import { cancelRetryAction, startRetryAction } from './actions'
import type { GuideStep } from './query'
import { type GuideContext, TestLink } from './step-view'

/**
 * Says that a change may not be in effect at Microsoft yet, on the steps for which waiting is the answer, and tests again automatically, which
 * every step says. Absent if neither applies.
 */
export function PropagationNote(props: GuideContext & { step: GuideStep | null }) {
  const { view, step, now, t } = props
  const { propagation, plan } = view
  if (plan !== null && plan.endedAt === null)
    return (
      <Note
        kind="info"
        title={t('propagation.running', { until: t.time(plan.until) })}
        action={
          props.mayTest && (
            <PersonForm
              action={cancelRetryAction}
              hidden={{ server: props.server.id }}
              submit={{ label: t('propagation.cancel'), kind: 'secondary' }}
            />
          )
        }
      >
        <p>
          {t('propagation.runningText', {
            next: t.timeUntil(plan.nextAt, now),
            to: plan.recipient,
            by: actorName(plan.startedBy),
          })}
        </p>
        <LastTest id={plan.lastTestId} t={t} />
      </Note>
    )
  const ended = plan?.outcome ?? null
  const waits = step?.state.kind === 'propagating' || step?.id === 'test' ? propagation : null
  if (!waits && (ended === null || ended === 'cancelled' || ended === 'replaced')) return null
  return (
    <>
      {ended && plan && (
        <Note kind={ended === 'accepted' ? 'success' : 'info'}>
          <p>{t(`propagation.ended.${ended}`)}</p>
          <LastTest id={plan.lastTestId} t={t} />
        </Note>
      )}
      {waits && (
        <Note kind="warning" title={t('propagation.title')} action={view.saved && <RetryOffer {...props} />}>
          <p>{t('propagation.text')}</p>
          <p>{t('propagation.since', { since: t.time(waits.since), until: t.time(waits.until) })}</p>
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
      <SettingsForm
        action={startRetryAction}
        hidden={{ server: server.id }}
        isShort
        submit={t('propagation.start')}
        kind="secondary"
        className="flex max-w-[34rem] flex-wrap items-end gap-3"
      >
        <FormInput
          name="testTo"
          label={t('propagation.to')}
          type="email"
          inputMode="email"
          autoComplete="email"
          defaultValue={testTo}
          className="min-w-52 flex-1"
        />
      </SettingsForm>
    </div>
  )
}

const LastTest = ({ id, t }: { id: string | null; t: Translator<'set-up'> }) =>
  id && (
    <p>
      <TestLink id={id}>{t('propagation.lastTest')}</TestLink>
    </p>
  )
