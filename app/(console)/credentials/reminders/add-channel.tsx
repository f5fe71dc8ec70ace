import { newFormToken } from '@/app/_server/form-token'
import { Section } from '@/components/section'
import { CHANNEL_KINDS, type ChannelKind } from '@/lib/credentials/reminders/kinds'
import type { Locale } from '@/lib/i18n/locale'
import type { Translator } from '@/lib/i18n/translations'
import { CredentialForm } from '../_rotation/credential-form'
import { FormInput } from '../_rotation/form-input'
import { addChannelAction } from './actions'
import { LocaleSelect } from './locale-select'

/** Every kind of channel, each with a collapsed form. */
export function AddChannel({ locale, t }: { locale: Locale; t: Translator<'reminders'> }) {
  return (
    <Section id="add" title={t('add.title')}>
      <div className="divide-y divide-line border-y border-line">
        {CHANNEL_KINDS.map((kind) => (
          <CredentialForm
            key={kind}
            action={addChannelAction}
            hidden={{ kind, formToken: newFormToken() }}
            submit={{ label: t('add.submit'), pending: t('pending'), kind: 'primary' }}
            fold={{ title: t(`add.${kind}`), intro: <Intro kind={kind} t={t} /> }}
          >
            <FormInput
              form={kind}
              name="name"
              label={t('add.name')}
              hint={t('add.nameHint')}
              maxLength={100}
              required
            />
            <Destination kind={kind} t={t} />
            <LocaleSelect form={kind} locale={locale} t={t} />
          </CredentialForm>
        ))}
      </div>
    </Section>
  )
}

function Destination({ kind, t }: { kind: ChannelKind; t: Translator<'reminders'> }) {
  if (kind === 'mail')
    return <FormInput form={kind} name="address" label={t('add.address')} type="email" maxLength={320} required />
  return (
    <FormInput
      form={kind}
      name="url"
      label={t(kind === 'teams' ? 'add.teamsUrl' : 'add.url')}
      hint={t('add.urlHint')}
      type="password"
      maxLength={2048}
      required
    />
  )
}

function Intro({ kind, t }: { kind: ChannelKind; t: Translator<'reminders'> }) {
  if (kind !== 'teams') return t(`add.${kind}Text`)
  const steps = t.list('add.teamsSteps')
  return (
    <>
      <p>{t('add.teamsText')}</p>
      <ol className="mt-2 list-decimal space-y-1 pl-5">
        {steps.map((step) => (
          <li key={step}>{step}</li>
        ))}
      </ol>
      <p className="mt-1.5 text-faint">{t('add.teamsChecked')}</p>
    </>
  )
}
