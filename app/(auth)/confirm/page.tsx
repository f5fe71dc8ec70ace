import { redirect } from 'next/navigation'
import { CodeInput, PasswordInput } from '@/app/_form/form-input'
import { PersonForm } from '@/app/_form/person-form'
import { requireSession } from '@/app/_server/caller'
import { getTranslations } from '@/app/_server/translations'
import { OVERVIEW_PATH } from '@/app/paths'
import { ButtonLink } from '@/components/button'
import { Entrance } from '@/components/sign-in-layout'
import { FRESH_MINUTES } from '@/lib/accounts/settings'
import { services } from '@/lib/services'
import { sitePathIn } from '@/lib/validation/site-path'
import { confirmAction } from './actions'

/** The step that makes a session fresh, for a button or a link that has no form to ask in. */
export default async function ConfirmPage({ searchParams }: PageProps<'/confirm'>) {
  const { session } = await requireSession()
  const next = sitePathIn((await searchParams).next)
  if (services().signIn.isFresh(session)) redirect(next ?? '/')
  const t = await getTranslations('people')
  const wayOut = <ButtonLink kind="quiet" href={OVERVIEW_PATH} text={t('enrol.later')} />
  return (
    <Entrance
      title={t('confirm.title')}
      description={t('confirm.page', { minutes: FRESH_MINUTES, code: String(session.operator.secondFactor) })}
      foot={wayOut}
    >
      <PersonForm
        action={confirmAction}
        hidden={{ next: next ?? '' }}
        username={session.operator.email}
        submit={{ label: t('confirm.submit') }}
      >
        <PasswordInput name="confirmPassword" label={t('field.currentPassword')} autoFocus />
        {session.operator.secondFactor && (
          <CodeInput name="confirmCode" label={t('field.code')} hint={t('code.hint')} />
        )}
      </PersonForm>
    </Entrance>
  )
}
