import { type PersonField, PersonForm } from '@/app/_form/person-form'
import { getTranslations } from '@/app/_server/translations'
import { SIGN_IN_PATH } from '@/app/paths'
import { ButtonLink } from '@/components/button'
import { Entrance } from '@/components/sign-in-layout'
import { Command } from '@/components/text'
import { Redacted } from '@/lib/kernel/redacted'
import { services } from '@/lib/services'
import { PASSWORD_CHARS_MIN } from '@/lib/validation/password'
import { setUpAction } from './actions'

/** Reading this page uses nothing up; only sending the form does. The link's token goes along as a hidden field. */
export default async function SetUpPage({ searchParams }: PageProps<'/setup'>) {
  const t = await getTranslations('people')
  const { token } = await searchParams
  const view = typeof token === 'string' ? await services().signIn.setUpView(new Redacted(token)) : null
  if (!view || typeof token !== 'string') {
    const isNew = (await services().signIn.operators()).length === 0
    const why = t.rich(isNew ? 'signIn.nobodyYet' : 'setUp.invalid', { code: Command })
    return (
      <Entrance title={t('setUp.invalidTitle')} documentTitle={t('setUp.title')} description={why}>
        <ButtonLink href={SIGN_IN_PATH}>{t('setUp.toSignIn')}</ButtonLink>
      </Entrance>
    )
  }
  const hint = t('field.newPasswordHint', { min: PASSWORD_CHARS_MIN })
  const password: PersonField = {
    kind: 'password',
    name: 'password',
    label: t('field.newPassword'),
    hint,
    autoComplete: 'new-password',
  }
  const own: PersonField[] = [
    { kind: 'email', name: 'email', label: t('field.email'), autoComplete: 'username' },
    { kind: 'text', name: 'name', label: t('field.name'), autoComplete: 'name', optional: true },
  ]
  return (
    <Entrance
      title={t(view.kind === 'first-admin' ? 'setUp.firstTitle' : 'setUp.title')}
      documentTitle={t('setUp.title')}
      description={view.kind === 'first-admin' ? t('setUp.first') : t('setUp.operator', { email: view.email })}
    >
      <PersonForm
        action={setUpAction}
        hidden={{ token }}
        {...(view.kind === 'operator' && { username: view.email })}
        fields={view.kind === 'first-admin' ? [...own, password] : [password]}
        submit={{ label: t('setUp.submit') }}
      />
    </Entrance>
  )
}
