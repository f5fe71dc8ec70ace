import { redirect } from 'next/navigation'
import { PersonForm } from '@/app/_form/person-form'
import { pageTitle } from '@/app/_server/page'
import { currentCall } from '@/app/_server/request'
import { getTranslations } from '@/app/_server/translations'
import { SIGN_IN_PATH } from '@/app/paths'
import { Entrance } from '@/components/sign-in-layout'
import { TextLink } from '@/components/text-link'
import { services } from '@/lib/services'
import { parseCallbackUrl } from '@/lib/validation/site-path'
import { codeAction } from './actions'

export const generateMetadata = pageTitle('people', 'code.title')

export default async function CodePage({ searchParams }: PageProps<'/sign-in/code'>) {
  const { headers } = await currentCall()
  if (!(await services().signIn.awaitsCode(headers))) redirect(SIGN_IN_PATH)
  const t = await getTranslations('people')
  const next = parseCallbackUrl((await searchParams).next)
  return (
    <Entrance title={t('code.title')} description={t('code.description')}>
      <PersonForm
        action={codeAction}
        hidden={next.ok ? { next: next.value } : {}}
        fields={[{ kind: 'code', name: 'code', label: t('field.code'), hint: t('code.hint') }]}
        submit={{ label: t('code.submit'), pending: t('signIn.pending') }}
      />
      <p className="mt-5 text-sm text-faint">
        <TextLink href={SIGN_IN_PATH}>{t('code.startAgain')}</TextLink>
      </p>
    </Entrance>
  )
}
