import type { Metadata } from 'next'
import { notFound } from 'next/navigation'
import { requireCaller } from '@/app/_server/caller'
import { getTranslations } from '@/app/_server/translations'
import { CREDENTIALS_PATH } from '@/app/paths'
import { Page } from '@/components/page'
import { Section } from '@/components/section'
import { may } from '@/lib/access/permissions'
import { services } from '@/lib/services'
import { dependents } from '../_list/dependents'
import { nameOf } from '../_list/labels'
import { StateLabel } from '../_list/state-label'
import { CredentialForm } from '../_rotation/credential-form'
import { checkNowAction } from '../actions'
import { DoneNote } from '../done-note'
import { EditForms, Facts } from './details'
import { ProbeTable } from './probe-table'

const PROBES_SHOWN = 30

export async function generateMetadata(): Promise<Metadata> {
  return { title: (await getTranslations('credentials'))('table.credential') }
}

export default async function CredentialPage({ params, searchParams }: PageProps<'/credentials/[id]'>) {
  const { actor, locale } = await requireCaller('credentials:read')
  const { id } = await params
  const { credentials, clock } = services()
  const view = await credentials.byId(id)
  if (!view) notFound()
  const [t, shell, probes, dependentsOn, { done }] = await Promise.all([
    getTranslations('credentials'),
    getTranslations('shell'),
    credentials.probes(view.id, PROBES_SHOWN),
    dependents(),
    searchParams,
  ])
  const context = { now: clock.now(), locale, t }
  const [mayWrite, mayTest] = [may(actor.role, 'credentials:write'), may(actor.role, 'credentials:test')]
  return (
    <Page
      title={nameOf(view, t)}
      width="text"
      breadcrumb={[{ label: shell('systemSettings') }, { label: t('title'), href: CREDENTIALS_PATH }]}
      aside={<StateLabel view={view} t={t} />}
    >
      <DoneNote done={done} t={t} />
      <Facts view={view} dependents={dependentsOn(view.mailServer.id)} mayWrite={mayWrite} {...context} />
      {mayTest && view.kind !== 'smtp-password' && (
        <Section id="check" title={t('one.checkTitle')} description={t('one.checkWhy')}>
          <CredentialForm
            action={checkNowAction}
            hidden={{ credential: view.id }}
            submit={{ label: t('one.check'), pending: t('act.pending') }}
          />
        </Section>
      )}
      {mayWrite && <EditForms view={view} t={t} />}
      {probes.length > 0 && <ProbeTable probes={probes} name={nameOf(view, t)} {...context} />}
    </Page>
  )
}
