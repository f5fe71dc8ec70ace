import { redirect } from 'next/navigation'
import { RefusalMessage } from '@/app/_form/flash-message'
import { PasswordInput, UsernameInput } from '@/app/_form/form-input'
import { PersonForm } from '@/app/_form/person-form'
import { signedIn } from '@/app/_server/caller'
import { LocaleLinks } from '@/app/_server/locale-links'
import { currentCall } from '@/app/_server/request'
import { organisationNow } from '@/app/_server/status'
import { getTranslations } from '@/app/_server/translations'
import { signInPath } from '@/app/paths'
import { ForgetPages } from '@/components/account'
import { Live } from '@/components/live'
import { Note } from '@/components/note'
import { Fold } from '@/components/panel'
import { Entrance } from '@/components/sign-in-layout'
import { Command } from '@/components/text'
import { isActionRefusal } from '@/lib/access/action-refusal'
import { services } from '@/lib/services'
import { sitePathIn } from '@/lib/validation/site-path'
import { passwordAction } from './actions'

export default async function SignInPage({ searchParams }: PageProps<'/sign-in'>) {
  const t = await getTranslations('people')
  const query = await searchParams
  const next = sitePathIn(query.next)
  if (!isActionRefusal(query.refused) && (await signedIn())) redirect(next ?? '/')
  const isNew = await services().signIn.isNew()
  const hasEnded = next !== null && services().signIn.signedSession((await currentCall()).headers) !== null
  return (
    <Entrance
      title={t('signIn.title')}
      description={await consoleName()}
      foot={<LocaleLinks path={signInPath(next)} />}
    >
      <ForgetPages />
      <RefusalMessage refused={query.refused} className="mb-4" />
      {hasEnded && !query.done && !query.refused && (
        <Note kind="info" className="mb-4">
          {t('signIn.ended')}
        </Note>
      )}
      {query.done === 'set-up' && (
        <Note kind="success" live="status" className="mb-4">
          {t('signIn.setUpDone')}
        </Note>
      )}
      {query.done === 'again' && (
        <Live role="alert" className="mb-4">
          <Note kind="warning">{t('signIn.again')}</Note>
        </Live>
      )}
      {isNew && (
        <Note kind="info" className="mb-4">
          <p>{t.rich('signIn.nobodyYet', { code: Command })}</p>
        </Note>
      )}
      <PersonForm
        action={passwordAction}
        hidden={{ next: next ?? '' }}
        submit={{ label: t('signIn.submit'), pending: t('signIn.pending') }}
      >
        {/* Not past a note, which a screen reader would not read then. */}
        <UsernameInput label={t('field.email')} autoFocus={!isNew && !hasEnded && !query.refused && !query.done} />
        <PasswordInput name="password" label={t('field.password')} />
      </PersonForm>
      <Fold summary={t('signIn.cannot')} className="mt-3">
        <p className="text-sm text-soft">{t.rich('signIn.lockedOut', { code: Command })}</p>
      </Fold>
    </Entrance>
  )
}

async function consoleName() {
  const [{ name }, { host }] = [await organisationNow(), services().environment.baseUrl]
  return (
    <span className="text-sm">
      <bdi>{name}</bdi>
      {name === '' ? host : `\u00a0· ${host}`}
    </span>
  )
}
