import { newFormToken } from '@/app/_server/form-token'
import type { Channel } from '@/lib/credentials/store/channel-rows'
import type { Translator } from '@/lib/i18n/translations'
import { CredentialForm } from '../_rotation/credential-form'
import { FormInput } from '../_rotation/form-input'
import { changeChannelAction, removeChannelAction, renewKeyAction } from './actions'
import { LocaleSelect } from './locale-select'

/** What an administrator can change about a channel, each in a collapsed form. */
export function ChannelForms({ channel, t }: { channel: Channel; t: Translator<'reminders'> }) {
  const { id, name, kind, locale, ownerOnly, updatedAt } = channel
  const hidden = { channel: id }
  const pending = t('pending')
  return (
    <div className="mt-3 divide-y divide-line border-t border-line text-sm">
      <CredentialForm
        action={changeChannelAction}
        hidden={{ ...hidden, after: updatedAt.toISOString() }}
        submit={{ label: t('channels.save'), pending, about: name }}
        fold={{ title: t('channels.edit'), intro: t('channels.destination') }}
      >
        <FormInput
          key={name}
          form={id}
          name="name"
          label={t('add.name')}
          defaultValue={name}
          maxLength={100}
          required
        />
        <LocaleSelect key={locale} form={id} locale={locale} t={t} />
      </CredentialForm>
      {kind === 'webhook' && (
        <CredentialForm
          action={renewKeyAction}
          hidden={{ ...hidden, formToken: newFormToken() }}
          submit={{ label: t('channels.renewButton'), pending, about: name }}
          fold={{ title: t('channels.renew'), intro: t('channels.renewText') }}
        />
      )}
      {!ownerOnly && (
        <CredentialForm
          action={removeChannelAction}
          hidden={hidden}
          submit={{ label: t('channels.removeButton'), pending, kind: 'danger', about: name }}
          fold={{ title: t('channels.remove'), intro: t('channels.removeText') }}
        />
      )}
    </div>
  )
}
