import type { Metadata } from 'next'
import Link from 'next/link'
import { notFound } from 'next/navigation'
import { requireCaller } from '@/app/_server/caller'
import { getTranslations } from '@/app/_server/translations'
import { dependentLines, dependents } from '@/app/(console)/credentials/_list/dependents'
import { RotationPanel } from '@/app/(console)/credentials/_rotation/rotation-panel'
import { CREDENTIALS_PATH, mailServerPath } from '@/app/paths'
import { Foreign } from '@/components/foreign'
import { Page } from '@/components/page'
import { may } from '@/lib/access/permissions'
import { services } from '@/lib/services'
import { GraphRotation } from '../../_graph/graph-rotation'
import { DoneNote } from '../../done-note'

export async function generateMetadata(): Promise<Metadata> {
  return { title: (await getTranslations('credentials'))('replace.title') }
}

/** The replacement of one mail server's credential. Every heading and button names the server. */
export default async function ReplacePage({ params, searchParams }: PageProps<'/credentials/servers/[id]'>) {
  const { actor, locale } = await requireCaller('credentials:read')
  const { id } = await params
  const { credentials, clock } = services()
  const [all, t, shell, dependentsOn, { done }] = await Promise.all([
    credentials.slots(),
    getTranslations('credentials'),
    getTranslations('shell'),
    dependents(),
    searchParams,
  ])
  const slots = all.find(({ mailServer }) => mailServer.id === id)
  if (!slots) notFound()
  const { name } = slots.mailServer
  const rights = { mayWrite: may(actor.role, 'credentials:write'), mayTest: may(actor.role, 'credentials:test') }
  const copy = { copy: shell('copy'), copied: shell('copied') }
  const context = { now: clock.now(), locale, t }
  return (
    <Page
      title={t('replace.heading', { server: name })}
      breadcrumb={[{ label: shell('systemSettings') }, { label: t('title'), href: CREDENTIALS_PATH }, { label: name }]}
      description={
        <>
          <Foreign>{slots.mailServer.senderAddress}</Foreign>
          {dependentLines(dependentsOn(id), t).map((line) => (
            <span key={line} className="block text-sm text-faint">
              {line}
            </span>
          ))}{' '}
          <Link href={mailServerPath(id)} prefetch={false} className="prose-link">
            {t('replace.toMailServer', { server: name })}
          </Link>
        </>
      }
    >
      <DoneNote done={done} about={name} t={t} />
      <RotationPanel slots={slots} {...rights} copy={copy} {...context} />
      <GraphRotation slots={slots} mayWrite={rights.mayWrite} copy={copy} {...context} />
    </Page>
  )
}
