import { TextInput } from '@/components/inputs'
import { Section } from '@/components/section'
import type { Watch } from '@/lib/credentials/store/watch-settings'
import type { Translator } from '@/lib/i18n/translations'
import { CredentialForm } from '../_rotation/credential-form'
import { saveThresholdsAction } from './actions'
import { daysText } from './thresholds'

/** The initial values of the database. */
const USUAL_DAYS = [60, 30, 14, 7, 1]

/** How many days before the expiry date reminders are sent. */
export function Thresholds({ watch, mayWrite, t }: { watch: Watch; mayWrite: boolean; t: Translator<'reminders'> }) {
  const days = daysText(watch.thresholdsDays)
  return (
    <Section id="thresholds" title={t('thresholds.title')} description={t('thresholds.text')}>
      {mayWrite ? (
        <CredentialForm
          action={saveThresholdsAction}
          hidden={{ version: watch.version }}
          submit={{ label: t('thresholds.save'), pending: t('pending') }}
        >
          <TextInput
            key={days}
            name="days"
            label={t('thresholds.label')}
            hint={t('thresholds.hint', { usual: daysText(USUAL_DAYS) })}
            defaultValue={days}
            maxLength={100}
          />
        </CredentialForm>
      ) : (
        <p className="text-sm">{t('thresholds.are', { days })}</p>
      )}
    </Section>
  )
}
