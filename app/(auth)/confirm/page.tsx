import type { Metadata, Route } from 'next'
import { redirect } from 'next/navigation'
import { requireSession } from '@/app/_server/caller'
import { words } from '@/app/_server/words'
import { Entrance } from '@/components/entrance'
import { parseCallbackUrl } from '@/lib/kernel/site-path'
import { FRESH_MINUTES } from '@/lib/sign-in/settings'
import { wiring } from '@/lib/wiring'
import { PersonForm } from '../_form/person-form'
import { confirmAction } from './actions'

export async function generateMetadata(): Promise<Metadata> {
  return { title: (await words('people'))('confirm.title') }
}

/** The step that makes a session fresh, for a button or a link that has no form to ask in. */
export default async function ConfirmPage({ searchParams }: PageProps<'/confirm'>) {
  const { session } = await requireSession()
  const next = parseCallbackUrl((await searchParams).next)
  if (wiring().signIn.isFresh(session)) redirect(next.ok ? (next.value as Route) : '/')
  const t = await words('people')
  return (
    <Entrance title={t('confirm.title')} description={t('confirm.page', { minutes: FRESH_MINUTES })}>
      <PersonForm
        action={confirmAction}
        hidden={next.ok ? { next: next.value } : {}}
        username={session.operator.email}
        fields={[
          {
            kind: 'password',
            name: 'confirmPassword',
            label: t('field.currentPassword'),
            autoComplete: 'current-password',
          },
          ...(session.operator.secondFactor
            ? [
                {
                  kind: 'code' as const,
                  name: 'confirmCode',
                  label: t('field.code'),
                  hint: t('code.hint'),
                  autoComplete: 'one-time-code',
                },
              ]
            : []),
        ]}
        submit={{ label: t('confirm.submit'), pending: t('form.pending') }}
      />
    </Entrance>
  )
}
