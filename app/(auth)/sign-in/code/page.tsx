import type { Metadata } from 'next'
import Link from 'next/link'
import { redirect } from 'next/navigation'
import { currentCall } from '@/app/_server/request'
import { words } from '@/app/_server/words'
import { Entrance } from '@/components/entrance'
import { parseCallbackUrl } from '@/lib/kernel/site-path'
import { wiring } from '@/lib/wiring'
import { PersonForm } from '../../_form/person-form'
import { codeAction } from './actions'

export async function generateMetadata(): Promise<Metadata> {
  return { title: (await words('people'))('code.title') }
}

export default async function CodePage({ searchParams }: PageProps<'/sign-in/code'>) {
  const { headers } = await currentCall()
  if (!(await wiring().signIn.awaitsCode(headers))) redirect('/sign-in')
  const t = await words('people')
  const next = parseCallbackUrl((await searchParams).next)
  return (
    <Entrance title={t('code.title')} description={t('code.description')}>
      <PersonForm
        action={codeAction}
        hidden={next.ok ? { next: next.value } : {}}
        fields={[
          { kind: 'code', name: 'code', label: t('field.code'), hint: t('code.hint'), autoComplete: 'one-time-code' },
        ]}
        submit={{ label: t('code.submit'), pending: t('signIn.pending') }}
      />
      <p className="mt-5 text-sm text-faint">
        <Link href="/sign-in" prefetch={false} className="prose-link">
          {t('code.startAgain')}
        </Link>
      </p>
    </Entrance>
  )
}
