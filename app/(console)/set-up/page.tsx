import type { Metadata } from 'next'
import { notFound, redirect } from 'next/navigation'
import { requireCaller } from '@/app/_server/caller'
import { getTranslations } from '@/app/_server/translations'
import { MAIL_SERVERS_PATH, SET_UP_PATH } from '@/app/paths'
import { Filters } from '@/components/filters'
import { Note } from '@/components/note'
import { Page } from '@/components/page'
import { Section } from '@/components/section'
import { may } from '@/lib/access/permissions'
import type { Translator } from '@/lib/i18n/translations'
import { services } from '@/lib/services'
import { PARTS } from '@/lib/setup-guide/choices'
import { type GuideServer, guideServer } from './guide-server'
import { HandOverSection } from './hand-over/hand-over-links'
import { PartSection } from './part-section'
import { Progress } from './progress'
import { PropagationPart } from './propagation-part'
import { guideValuesIn } from './query'
import { ValuesForm } from './values-form'

export async function generateMetadata(): Promise<Metadata> {
  return { title: (await getTranslations('set-up'))('title') }
}

export default async function SetUpPage({ searchParams }: PageProps<'/set-up'>) {
  const caller = await requireCaller('mail-server:read')
  const { setupGuide, clouds, clock, environment } = services()
  const query = await searchParams
  const { entered, secretPasted } = guideValuesIn(query)
  const server = await guideServer(query)
  if (!server) notFound()
  // The redirect removes the secret from the address bar and from the browser's history.
  if (secretPasted)
    redirect(`${SET_UP_PATH}?${new URLSearchParams({ server: server.id, ...entered, withheld: 'secret' })}`)
  const [view, t, shell, mailServer, diagnosis, validation] = await Promise.all([
    setupGuide.view(server.id, entered),
    getTranslations('set-up'),
    getTranslations('shell'),
    getTranslations('mail-server'),
    getTranslations('diagnosis'),
    getTranslations('validation'),
  ])
  const { guide, steps } = view
  const { locale } = caller
  const { listEntry } = server
  return (
    <Page
      title={listEntry ? t('titleFor', { name: listEntry.name }) : t('title')}
      breadcrumb={[
        { label: shell('systemSettings') },
        ...(listEntry
          ? [
              { label: mailServer('servers.title'), href: MAIL_SERVERS_PATH },
              { label: listEntry.name, href: server.path },
            ]
          : [{ label: shell('mailServer'), href: server.path }]),
        { label: t('title') },
      ]}
      description={t('description')}
    >
      {listEntry && <ServerFilter {...{ server, t }} />}
      <Progress {...{ steps, guide, locale, t }} />
      {query.withheld === 'secret' && (
        <Note kind="danger" live="alert" className="mb-6">
          {t('values.secretPasted')}
        </Note>
      )}
      <PropagationPart
        server={server.id}
        view={view}
        mayTest={may(caller.actor.role, 'mail-server:test')}
        testTo={caller.actor.email}
        now={clock.now()}
        locale={locale}
        t={t}
      />
      <Section id="values" title={t('values.title')} description={t('values.text')}>
        <ValuesForm server={server.id} {...{ guide, entered, clouds, t, validation }} saved={view.saved !== null} />
      </Section>
      {PARTS.map((part) => (
        <PartSection
          key={part}
          {...{ part, guide, steps, server, locale, t, shell, diagnosis }}
          consoleUrl={new URL(server.path, environment.baseUrl).href}
        />
      ))}
      <HandOverSection guide={guide} server={server.id} t={t} />
    </Page>
  )
}

/** Links to the guides of the other mail servers. */
function ServerFilter({ server, t }: { server: GuideServer; t: Translator<'set-up'> }) {
  return (
    <Filters
      label={t('servers')}
      items={server.servers.map(({ id, name }) => ({
        href: `${SET_UP_PATH}?server=${id}`,
        label: name,
        current: id === server.id,
      }))}
    />
  )
}
