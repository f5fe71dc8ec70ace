import { newFormToken } from '@/app/_server/form-token'
import { ButtonForm } from '@/components/button-form'
import type { MenuDialog } from '@/components/menu'
import type { Translator } from '@/lib/i18n/translations'
import type { Client } from '@/lib/submission/client'
import { removeClientAction, resetSecretAction, setClientAccessAction } from '../actions'

/** Reset its password or key, disable or enable it, remove it. */
export function managementOf({ id, name, way, disabledAt }: Client, t: Translator<'clients'>): MenuDialog[] {
  const change = disabledAt === null ? 'disable' : 'enable'
  const [access, client] = [t(`manage.${change}`), { client: id }]
  return [
    ...(way === 'network'
      ? []
      : [
          {
            id: 'reset',
            text: t(`manage.reset.${way}`),
            title: t(`manage.reset.${way}`),
            form: (
              <ButtonForm
                action={resetSecretAction}
                hidden={{ ...client, dialog: 'reset', formToken: newFormToken() }}
                effect={t(`manage.resetText.${way}`, { name })}
                text={t('manage.resetButton')}
              />
            ),
          },
        ]),
    {
      id: 'access',
      text: access,
      title: access,
      form: (
        <ButtonForm
          action={setClientAccessAction}
          hidden={{ ...client, dialog: 'access', wanted: change === 'enable' ? 'on' : 'off' }}
          effect={t(`manage.${change}Text`, { name })}
          text={t(`manage.${change}Button`)}
        />
      ),
    },
    {
      id: 'remove',
      text: t('manage.remove'),
      title: t('manage.removeTitle', { name }),
      form: (
        <ButtonForm
          action={removeClientAction}
          hidden={{ ...client, dialog: 'remove' }}
          effect={t('manage.removeText')}
          kind="danger"
          text={t('manage.removeButton', { name })}
        />
      ),
    },
  ]
}
