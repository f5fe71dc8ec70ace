import { redirect } from 'next/navigation'
import type { ReactNode } from 'react'
import { page } from '@/app/_server/page'
import { notFound } from '@/app/_server/refusal'
import { ADD_MAIL_SERVER_PATH, HAND_OVER_PATH, MAIL_SERVERS_PATH, SET_UP_PATH } from '@/app/paths'
import { Answer } from '@/components/answer'
import { ButtonLink } from '@/components/button'
import { Menu } from '@/components/menu'
import { Note } from '@/components/note'
import { Page } from '@/components/page'
import { Panel } from '@/components/panel'
import type { Formats } from '@/lib/i18n/formats'
import type { Translator } from '@/lib/i18n/translations'
import { EXCHANGE_NAME } from '@/lib/kernel/mail-server-settings'
import { services } from '@/lib/services'
import { CHECKED_ON } from '@/lib/setup-guide/step-text'
import type { StepId } from '@/lib/setup-guide/steps'
import { type GuideServer, guideServer } from './guide-server'
import { PropagationNote } from './propagation-note'
import { type GuideStep, guideValuesIn, otherApplications, stepHref, stepIn, stepsLeft } from './query'
import { StepList, StepsProgress } from './step-list'
import { firstOf, type GuideContext, StepView } from './step-view'
import { ValuesFold, ValuesForm, type ValuesFormProps } from './values-form'

export default page('mail-server:read', 'set-up', async ({ caller, may, now, t, texts, query }) => {
  const { entered, secretPasted } = guideValuesIn(query)
  const server = await guideServer(query)
  if (!server) notFound()
  // The redirect removes the secret from the address bar and from the browser's history.
  if (secretPasted)
    redirect(`${SET_UP_PATH}?${new URLSearchParams({ server: server.id, ...entered, withheld: 'secret' })}`)
  const [shell, mailServer, validation] = texts('shell', 'mail-server', 'validation')
  const view = await services().setupGuide.view(server.id, entered)
  const { guide, steps } = view
  const step = stepIn(query, view)
  const part = step?.part === 'exchange' ? 'exchange' : 'entra'
  const handOverOf = (id: StepId | null) => stepHref(guide, server.id, id, HAND_OVER_PATH, { for: part })
  const handOver = handOverOf(step?.id ?? null)
  const form = { view, server, entered, t, validation }
  const mayTest = may('mail-server:test')
  const shared = { view, server, mayTest, testTo: caller.actor.email, handOver, now, t, shell }
  const propagation = <PropagationNote step={step} {...shared} />
  const add = may('mail-server:write') ? mailServer('servers.addButton') : null
  return (
    <Page
      title={server.name === null ? t('title') : t('titleFor', { name: server.name })}
      crumbs={[{ label: mailServer('servers.title'), href: MAIL_SERVERS_PATH }]}
      actions={
        <>
          {server.servers.length > (add ? 0 : 1) && <ServerMenu server={server} steps={steps} add={add} t={t} />}
          <ButtonLink href={handOverOf(null)} icon="people" text={t('handOver.title')} />
        </>
      }
    >
      {query.step === undefined && <StepsLeft step={step} {...shared} />}
      {/* On a narrow screen the list of steps is below the step, or below the values that come before the first one. */}
      <div className="sm:hidden">
        <StepsProgress steps={steps} t={t} />
      </div>
      <div className="grid grid-cols-[minmax(0,1fr)] items-start gap-7 sm:grid-cols-[16rem_minmax(0,1fr)] lg:gap-10 print:block">
        <StepList step={step} {...shared} />
        <div className="grid min-w-0 grid-cols-[minmax(0,1fr)] gap-5 max-sm:order-first print:flex print:flex-col">
          {query.withheld === 'secret' && (
            <Note kind="danger" live="alert">
              {t('values.secretPasted')}
            </Note>
          )}
          {step ? (
            <StepView step={step} {...shared}>
              {propagation}
            </StepView>
          ) : (
            <Values {...form}>{propagation}</Values>
          )}
          {step && <ValuesFold {...form} step={step.id} />}
          <p className="text-sm text-faint">
            {t('checked', { date: t.fullDate(CHECKED_ON) })} {t('mayChange')}
          </p>
        </div>
      </div>
    </Page>
  )
})

/** Which steps are left. Before the first mail server the list of steps says that. */
function StepsLeft({ step, view: { steps }, server, t }: GuideContext & { step: GuideStep | null }) {
  const name = server.name ?? EXCHANGE_NAME
  const left = stepsLeft(step, steps)
  if (server.name === null && left.length === steps.length) return null
  if (left.length > 0) {
    const titles = left.map(({ id }, index) => inList(t(`steps.${id}.title`), index, t))
    return (
      <Answer
        tone="info"
        mark={left.length}
        title={t('left', { count: left.length, name })}
        detail={`${firstOf(titles, t)}.`}
      />
    )
  }
  return (
    <Answer
      tone="good"
      title={t('allConfirmed', { all: steps.length })}
      detail={t('allConfirmedText', { name })}
      action={<ButtonLink href={server.path} text={t('toServer')} />}
    />
  )
}

/** The step before the first one. */
const Values = ({ children, ...form }: ValuesFormProps & { children: ReactNode }) => (
  <section className="grid gap-5" aria-labelledby="values-title">
    <div>
      <h2 id="values-title" className="text-3xl font-[620] tracking-[-0.022em] max-sm:text-[1.375rem]">
        {form.t('values.start')}
      </h2>
      <p className="mt-1 max-w-[68ch] text-lg text-soft">{form.t('values.text')}</p>
    </div>
    {children}
    <Panel>
      <OtherApplications {...form} />
      <ValuesForm {...form} />
    </Panel>
  </section>
)

/** Several mail servers of a tenant often share an application. */
function OtherApplications({ view: { guide, saved }, server, t }: ValuesFormProps) {
  const offers = saved || guide.typed ? [] : otherApplications(server.servers, server.id)
  if (offers.length === 0) return null
  return (
    <div className="mb-5 flex flex-wrap gap-2">
      {offers.map(({ name, href }) => (
        <ButtonLink key={name} href={href} text={t('values.takeOver', { name })} />
      ))}
    </div>
  )
}

/** For more servers the menu shows only the names, since each count reads the tests of its server. */
const COUNTED_MAX = 5

/** The guides of all mail servers, with how many steps of each are confirmed. `steps` are those of this page’s mail server. */
async function ServerMenu(props: {
  server: GuideServer
  steps: readonly GuideStep[]
  add: string | null
  t: Translator<'set-up'>
}) {
  const { server, add, t } = props
  const confirmed = new Map<string, string>()
  // Read one after the other: a page takes no more connections to the database than any other.
  for (const { id } of server.servers.length > COUNTED_MAX ? [] : server.servers) {
    const steps = id === server.id ? props.steps : (await services().setupGuide.view(id, {})).steps
    const done = steps.filter(({ state }) => state.kind === 'verified').length
    confirmed.set(id, t('progressShort', { done, all: steps.length }))
  }
  return (
    <Menu label={t('servers')} text={t('forServer', { name: server.name ?? EXCHANGE_NAME })}>
      {server.servers.map(({ id, name }) => (
        <a
          key={id}
          href={`${SET_UP_PATH}?server=${id}`}
          aria-current={id === server.id ? 'true' : undefined}
          className="menu-item justify-between gap-6 aria-[current]:font-[600]"
        >
          <bdi>{name}</bdi>{' '}
          {confirmed.has(id) && (
            <span className="text-sm font-[400] whitespace-nowrap text-faint tabular-nums">{confirmed.get(id)}</span>
          )}
        </a>
      ))}
      {add && (
        <a href={ADD_MAIL_SERVER_PATH} className="menu-item">
          {add}
        </a>
      )}
    </Menu>
  )
}

/** The title of a step in a list of several: only the first one begins the sentence. German titles may begin with a noun. */
const inList = (title: string, at: number, { locale }: Formats): string =>
  at > 0 && locale === 'en' ? title.charAt(0).toLowerCase() + title.slice(1) : title
