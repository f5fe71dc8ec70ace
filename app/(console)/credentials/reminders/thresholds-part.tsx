import { Panel } from '@/components/panel'
import type { Watch } from '@/lib/credentials/store/watch-settings'
import type { Translator } from '@/lib/i18n/translations'
import { FormInput } from '../../_form/form-input'
import { CredentialForm } from '../_view/credential-form'
import { saveThresholdsAction } from './actions'
import { daysText } from './thresholds'

/** The initial values of the database. */
const USUAL_DAYS = [60, 30, 14, 7, 1]

/** How many days before the expiry date reminders are sent: as chips, and one field to change them. */
export function Days({ watch, mayWrite, t }: { watch: Watch; mayWrite: boolean; t: Translator<'reminders'> }) {
  const days = daysText(watch.thresholdsDays)
  return (
    <Panel id="thresholds" title={t('thresholds.title')}>
      <p className="text-sm text-soft">{t('thresholds.text')}</p>
      <ul aria-label={t('thresholds.chips', { days })} className="my-3 flex flex-wrap gap-1.5">
        {watch.thresholdsDays
          .filter((each) => each > 0)
          .map((each) => (
            <li key={each} className="rounded-full bg-well px-2.5 py-0.5 text-sm font-[550] tabular-nums">
              {each}
            </li>
          ))}
      </ul>
      {mayWrite && (
        <CredentialForm action={saveThresholdsAction} hidden={{ version: watch.version }} submit={t('thresholds.save')}>
          <FormInput
            key={days}
            name="days"
            label={t('thresholds.label')}
            hint={t('thresholds.hint', { usual: daysText(USUAL_DAYS) })}
            defaultValue={days}
            maxLength={100}
          />
        </CredentialForm>
      )}
    </Panel>
  )
}
