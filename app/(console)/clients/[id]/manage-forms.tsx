import type { ReactNode } from 'react'
import { newFormToken } from '@/app/_server/form-token'
import { manageClientPath } from '@/app/paths'
import { PlainForm } from '@/components/action-form'
import { SubmitButton } from '@/components/submit-button'
import type { Translator } from '@/lib/i18n/translations'
import type { Client } from '@/lib/submission/client'
import { removeClientAction, resetSecretAction, setClientAccessAction } from '../actions'

/** One thing that is rarely done to a client: its name in the menu, and the form behind it. */
interface Management {
  key: 'reset' | 'access' | 'remove'
  trigger: string
  title: string
  href: string
  form: ReactNode
}

/** Reset its password or key, disable or enable it, remove it. */
export function managementOf({ client, t }: { client: Client; t: Translator<'clients'> }): Management[] {
  const { id, name, way, disabledAt } = client
  const isOff = disabledAt !== null
  const href = (key: string) => `${manageClientPath(id)}#${key}`
  const wanted = isOff ? 'on' : 'off'
  const access = t(isOff ? 'manage.enable' : 'manage.disable')
  return [
    ...(way === 'network'
      ? []
      : [
          {
            key: 'reset' as const,
            trigger: t(`manage.reset.${way}`),
            title: t(`manage.reset.${way}`),
            href: href('reset'),
            form: (
              <PlainForm action={resetSecretAction} className="grid gap-4">
                <input type="hidden" name="client" value={id} />
                <input type="hidden" name="formToken" value={newFormToken()} />
                <p className="text-soft">{t(`manage.resetText.${way}`, { name })}</p>
                <div>
                  <SubmitButton>{t('manage.resetButton')}</SubmitButton>
                </div>
              </PlainForm>
            ),
          },
        ]),
    {
      ...{ key: 'access', trigger: access, title: access, href: href('access') },
      form: (
        <PlainForm action={setClientAccessAction} className="grid gap-4">
          <input type="hidden" name="client" value={id} />
          <input type="hidden" name="wanted" value={wanted} />
          <p className="text-soft">{t(isOff ? 'manage.enableText' : 'manage.disableText', { name })}</p>
          <div>
            <SubmitButton>{t(isOff ? 'manage.enableButton' : 'manage.disableButton')}</SubmitButton>
          </div>
        </PlainForm>
      ),
    },
    {
      ...{ key: 'remove', trigger: t('manage.remove'), title: t('manage.removeTitle', { name }), href: href('remove') },
      form: (
        <PlainForm action={removeClientAction} className="grid gap-4">
          <input type="hidden" name="client" value={id} />
          <p className="text-soft">{t('manage.removeText')}</p>
          <div>
            <SubmitButton kind="danger">{t('manage.removeButton', { name })}</SubmitButton>
          </div>
        </PlainForm>
      ),
    },
  ]
}
