import { TextInput } from '@/components/inputs'
import { Section } from '@/components/section'
import { ROTATE_DAYS_MAX } from '@/lib/credentials/watch'
import { services } from '@/lib/services'
import type { ViewContext } from '../_list/credential-cells'
import { CredentialForm } from '../_rotation/credential-form'
import { rotateAheadAction } from './actions'

/** Whether credentials of every mail server are replaced automatically before they expire. */
export async function RotateAhead({ t }: Pick<ViewContext, 't'>) {
  const { rotateDaysBefore, thresholdsDays, version } = await services().credentials.watch()
  return (
    <Section
      id="ahead"
      title={t('graph.ahead.title')}
      description={`${t('graph.ahead.text')} ${t('graph.ahead.reminders', { first: Math.max(...thresholdsDays) })}`}
      className="no-print"
    >
      <CredentialForm
        action={rotateAheadAction}
        hidden={{ version }}
        submit={{ label: t('graph.ahead.save'), pending: t('act.pending') }}
      >
        <TextInput
          name="rotateDaysBefore"
          label={t('graph.ahead.days')}
          hint={t('graph.ahead.hint', { max: ROTATE_DAYS_MAX })}
          inputMode="numeric"
          pattern="[0-9]*"
          defaultValue={rotateDaysBefore ?? ''}
          className="max-w-60"
        />
      </CredentialForm>
    </Section>
  )
}
