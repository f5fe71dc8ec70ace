import type { Metadata } from 'next'
import { notFound, redirect } from 'next/navigation'
import { requireCaller } from '@/app/_server/caller'
import { getTranslations } from '@/app/_server/translations'
import { CREDENTIALS_PATH, MAIL_SERVERS_PATH, SET_UP_DOWNLOAD_PATH, SET_UP_PATH } from '@/app/paths'
import { CodeBlock } from '@/components/code-block'
import { Filters } from '@/components/filters'
import { Note } from '@/components/note'
import { Page } from '@/components/page'
import { Section } from '@/components/section'
import { may } from '@/lib/access/permissions'
import { services } from '@/lib/services'
import { PARTS, type Part } from '@/lib/setup-guide/choices'
import { HAND_OVER_PARTS } from '@/lib/setup-guide/hand-over'
import { checkedOn, scriptInput, tellPreparation, tellStep } from '@/lib/setup-guide/read-test-result'
import { type ScriptKind, scriptFor } from '@/lib/setup-guide/scripts/script'
import { guideServer } from './guide-server'
import { HandOverLinks } from './hand-over/hand-over-links'
import { SettlingPart } from './propagation-part'
import { askedIn, guideHref } from './query'
import { ScriptPart, type ShownScript } from './script-part'
import { StepList, StepTicks } from './step-list'
import { ValuesForm } from './values-form'

export async function generateMetadata(): Promise<Metadata> {
  return { title: (await getTranslations('set-up'))('title') }
}

export default async function SetUpPage({ searchParams }: PageProps<'/set-up'>) {
  const caller = await requireCaller('mail-server:read')
  const { setUp, clouds, clock, environment } = services()
  const query = await searchParams
  const { asked, secretPasted } = askedIn(query)
  const server = await guideServer(query)
  if (!server) notFound()
  // Out of the address bar and the browser's history too.
  if (secretPasted)
    redirect(`${SET_UP_PATH}?${new URLSearchParams({ server: server.id, ...asked, withheld: 'secret' })}`)
  const [view, t, shell, mailServer, diagnosis, validation] = await Promise.all([
    setUp.view(server.id, asked),
    getTranslations('set-up'),
    getTranslations('shell'),
    getTranslations('mail-server'),
    getTranslations('diagnosis'),
    getTranslations('validation'),
  ])
  const { guide, steps } = view
  const { locale } = caller
  const copy = { copy: shell('copy'), copied: shell('copied') }
  const input = scriptInput(guide, locale, new URL(server.path, environment.baseUrl).href)
  const script = (kind: ScriptKind): ShownScript => ({
    kind,
    script: scriptFor(kind, input),
    href: guideHref(guide, server.id, SET_UP_DOWNLOAD_PATH, { file: `postroom-${kind}` }),
  })
  const told = (part: Part) =>
    steps.filter((step) => step.part === part).map((step) => ({ step, told: tellStep(step, guide, locale) }))
  const notes = (part: Exclude<Part, 'here'>) => (
    <Note kind="info" title={t('notes')} className="mb-5">
      <ul className="grid list-disc gap-1 pl-4">
        {t.list(`part.${part}.notes`).map((note) => (
          <li key={note}>{note}</li>
        ))}
      </ul>
    </Note>
  )

  const { listed, servers } = server
  return (
    <Page
      title={listed ? t('titleFor', { name: listed.name }) : t('title')}
      breadcrumb={[
        { label: shell('systemSettings') },
        ...(listed
          ? [
              { label: mailServer('servers.title'), href: MAIL_SERVERS_PATH },
              { label: listed.name, href: server.path },
            ]
          : [{ label: shell('mailServer'), href: server.path }]),
        { label: t('title') },
      ]}
      description={t('description')}
    >
      {listed && (
        <Filters
          label={t('servers')}
          items={servers.map(({ id, name }) => ({
            href: `${SET_UP_PATH}?server=${id}`,
            label: name,
            current: id === server.id,
          }))}
        />
      )}
      <p className="mb-2 font-[550]">
        {t('progress', { done: steps.filter(({ state }) => state.kind === 'verified').length, all: steps.length })}
      </p>
      <p className="mb-4 max-w-[46rem] text-sm text-soft">
        {t('progressHint')} {t('checked', { date: checkedOn(locale) })} {t('mayChange')}
      </p>
      <nav aria-label={t('overview')} className="no-print mb-6 grid gap-x-6 gap-y-4 md:grid-cols-3">
        {PARTS.map((part) => (
          <div key={part}>
            <p className="mb-1.5 text-sm font-[600]">{t(`part.${part}.title`)}</p>
            <StepTicks steps={told(part)} t={t} />
          </div>
        ))}
      </nav>
      {query.withheld === 'secret' && (
        <Note kind="danger" live="alert" className="mb-6">
          {t('values.secretPasted')}
        </Note>
      )}
      <SettlingPart
        server={server.id}
        view={view}
        mayTest={may(caller.actor.role, 'mail-server:test')}
        testTo={caller.actor.email}
        now={clock.now()}
        locale={locale}
        t={t}
      />
      <Section id="values" title={t('values.title')} description={t('values.text')}>
        <ValuesForm server={server.id} {...{ guide, asked, clouds, t, validation }} saved={view.saved !== null} />
      </Section>
      {PARTS.map((part) => (
        <Section key={part} id={`part-${part}`} title={t(`part.${part}.title`)} description={t(`part.${part}.text`)}>
          {part !== 'here' && notes(part)}
          {part === 'exchange' && (
            <div className="mb-4">
              <p className="mb-1 font-[550]">{t('part.exchange.prepare')}</p>
              <CodeBlock text={tellPreparation(guide, locale).join('\n')} labels={copy} />
            </div>
          )}
          <StepList
            label={t(`part.${part}.title`)}
            steps={told(part)}
            pages={{
              '/mail-server': { href: server.path, label: listed?.name ?? shell('mailServer') },
              '/credentials': { href: CREDENTIALS_PATH, label: shell('credentials') },
            }}
            {...{ locale, t, diagnosis, copy }}
          />
          {part !== 'here' && (
            <ScriptPart id={`script-${part}`} shown={script(part)} undo={script(`undo-${part}`)} t={t} copy={copy} />
          )}
        </Section>
      ))}
      <Section id="hand-over" title={t('handOver.title')} description={t('handOver.text')}>
        <ul className="grid gap-4 sm:grid-cols-2">
          {HAND_OVER_PARTS.map((part) => (
            <li key={part} className="rounded-lg border border-line bg-surface px-4 py-3.5">
              <h3 className="mb-2 font-[600]">{t(`handOver.${part}`)}</h3>
              <HandOverLinks part={part} guide={guide} server={server.id} t={t} />
            </li>
          ))}
        </ul>
      </Section>
    </Page>
  )
}
