import { redirect } from 'next/navigation'
import { CodeInput } from '@/app/_form/form-input'
import { PersonForm } from '@/app/_form/person-form'
import { currentCall } from '@/app/_server/request'
import { getTranslations } from '@/app/_server/translations'
import { SIGN_IN_PATH, signInPath, withQuery } from '@/app/paths'
import { Fold } from '@/components/panel'
import { Entrance } from '@/components/sign-in-layout'
import { Command, TextLink } from '@/components/text'
import { services } from '@/lib/services'
import { sitePathIn } from '@/lib/validation/site-path'
import { codeAction } from '../actions'

export default async function CodePage({ searchParams }: PageProps<'/sign-in/code'>) {
  const { headers } = await currentCall()
  const next = sitePathIn((await searchParams).next)
  if (!(await services().signIn.awaitsCode(headers))) redirect(withQuery(SIGN_IN_PATH, { done: 'again', next }))
  const t = await getTranslations('people')
  return (
    <Entrance title={t('code.title')} description={t('code.description')}>
      <PersonForm
        action={codeAction}
        hidden={{ next: next ?? '' }}
        submit={{ label: t('code.submit'), pending: t('signIn.pending') }}
      >
        <CodeInput name="code" label={t('field.code')} hint={t('code.hint')} autoFocus />
      </PersonForm>
      <Fold summary={t('code.cannot')} className="mt-3">
        <p className="text-sm text-soft">{t.rich('code.lostPhone', { code: Command })}</p>
      </Fold>
      <p className="mt-3 text-sm text-faint">
        <TextLink href={signInPath(next)}>{t('code.startAgain')}</TextLink>
      </p>
    </Entrance>
  )
}
