import { FormBoxes, FormInput, FormSelect, FormTextArea } from '@/app/_form/form-input'
import type { Translator } from '@/lib/i18n/translations'
import {
  CLIENT_KINDS,
  type ClientWay,
  FAILURE_REPORTS,
  NETWORKS_MAX,
  SCOPES,
  SENDERS_MAX,
  type ClientFields as Values,
} from '@/lib/submission/client'

export function ClientFields({ fields, way, t }: { fields: Values; way: ClientWay; t: Translator<'clients'> }) {
  const about = (name: keyof Values, hint?: string) => ({
    name,
    label: t(`form.field.${name}`),
    hint,
    defaultValue: fields[name],
  })
  const senders = t(way === 'api-key' ? 'form.hint.sendersOfKey' : 'form.hint.senders', { max: SENDERS_MAX })
  const networks = t(way === 'network' ? 'form.hint.networksOnly' : 'form.hint.networks', { max: NETWORKS_MAX })
  return (
    <>
      <div className="grid items-start gap-4 sm:grid-cols-2">
        <FormInput {...about('name')} maxLength={100} required />
        <FormSelect {...about('kind')} options={CLIENT_KINDS.map((value) => ({ value, label: t(`kind.${value}`) }))} />
        <FormInput {...about('place', t('form.hint.place'))} maxLength={100} />
        <FormInput {...about('owner', t('form.hint.owner'))} type="email" inputMode="email" maxLength={320} />
      </div>
      <FormTextArea {...about('senders', senders)} mono rows={3} required />
      <FormTextArea {...about('networks', networks)} mono rows={3} required={way === 'network'} />
      <div className="grid items-start gap-4 sm:grid-cols-2">
        <FormSelect
          {...about('failureReport')}
          options={FAILURE_REPORTS.map((value) => ({ value, label: t(`report.${value}`) }))}
        />
        <FormInput {...about('maxPerMinute', t('form.hint.maxPerMinute'))} inputMode="numeric" maxLength={5} />
      </div>
      {way === 'api-key' && (
        <div className="grid items-start gap-4 sm:grid-cols-2">
          <FormBoxes
            name="scopes"
            legend={t('form.field.scopes')}
            options={SCOPES.map((value) => ({ value, label: t(`scope.${value}`) }))}
            chosen={fields.scopes.split(' ')}
          />
          <FormInput {...about('expiresAt', t('form.hint.expiresAt'))} type="date" />
        </div>
      )}
    </>
  )
}
