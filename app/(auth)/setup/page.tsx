import { FormInput, PasswordInput, UsernameInput } from '@/app/_form/form-input'
import { PersonForm } from '@/app/_form/person-form'
import { LocaleLinks } from '@/app/_server/locale-links'
import { getTranslations } from '@/app/_server/translations'
import { SIGN_IN_PATH } from '@/app/paths'
import { ButtonLink } from '@/components/button'
import { Entrance } from '@/components/sign-in-layout'
import { Command } from '@/components/text'
import { setUpPath } from '@/lib/accounts/set-up-link'
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
    const isNew = await services().signIn.isNew()
    const why = t.rich(isNew ? 'signIn.nobodyYet' : 'setUp.invalid', { code: Command })
    return (
      <Entrance title={t('setUp.invalidTitle')} documentTitle={t('setUp.title')} description={why}>
        <ButtonLink href={SIGN_IN_PATH} text={t('setUp.toSignIn')} />
      </Entrance>
    )
  }
  return (
    <Entrance
      title={t(view.kind === 'first-admin' ? 'setUp.firstTitle' : 'setUp.title')}
      documentTitle={t('setUp.title')}
      description={view.kind === 'first-admin' ? t('setUp.first') : t('setUp.operator', { email: view.email })}
      foot={<LocaleLinks path={setUpPath(new Redacted(token))} />}
    >
      <PersonForm
        action={setUpAction}
        hidden={{ token }}
        {...(view.kind === 'operator' && { username: view.email })}
        submit={{ label: t('setUp.submit') }}
      >
        {view.kind === 'first-admin' && (
          <>
            <UsernameInput label={t('field.email')} />
            <FormInput name="name" label={t('field.name')} autoComplete="name" autoCapitalize="words" />
          </>
        )}
        <PasswordInput
          name="password"
          label={t('field.newPassword')}
          hint={t('field.newPasswordHint', { min: PASSWORD_CHARS_MIN })}
          autoComplete="new-password"
        />
      </PersonForm>
    </Entrance>
  )
}
