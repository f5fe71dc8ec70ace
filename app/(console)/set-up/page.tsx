import { redirect } from 'next/navigation'
import { page } from '@/app/_server/page'
import { notFound } from '@/app/_server/refusal'
import { ADD_MAIL_SERVER_PATH, HAND_OVER_PATH, MAIL_SERVERS_PATH, SET_UP_PATH } from '@/app/paths'
import { Answer } from '@/components/answer'
import { ButtonLink } from '@/components/button'
import { Menu } from '@/components/menu'
import { Note } from '@/components/note'
import { Page, Panel } from '@/components/page'
import type { Locale } from '@/lib/i18n/locale'
import type { Translator } from '@/lib/i18n/translations'
import { services } from '@/lib/services'
import { checkedOn } from '@/lib/setup-guide/step-text'
import { type GuideServer, guideServer } from './guide-server'
import { PropagationNote } from './propagation-note'
import { type GuideStep, guideValuesIn, stepHref, stepIn } from './query'
import { StepList, StepsProgress } from './step-list'
import { Evidence, StepView } from './step-view'
import { ValuesFold, ValuesForm, type ValuesFormProps } from './values-form'

export default page('mail-server:read', 'set-up', async ({ caller, may, now, locale, t, texts, query }) => {
  const { setupGuide, clouds, environment } = services()
  const { entered, secretPasted } = guideValuesIn(query)
  const server = await guideServer(query)
  if (!server) notFound()
  // The redirect removes the secret from the address bar and from the browser's history.
  if (secretPasted)
    redirect(`${SET_UP_PATH}?${new URLSearchParams({ server: server.id, ...entered, withheld: 'secret' })}`)
  const [shell, mailServer, diagnosis, validation] = texts('shell', 'mail-server', 'diagnosis', 'validation')
  const [view, remaining] = await Promise.all([setupGuide.view(server.id, entered), progressOf(server)])
  const { guide, steps } = view
  const step = stepIn(query, view)
  const part = step?.part === 'exchange' ? 'exchange' : 'entra'
  const handOver = stepHref(guide, server.id, step?.id ?? null, HAND_OVER_PATH, { for: part })
  const form = { server: server.id, guide, entered, clouds, t, validation, saved: view.saved !== null }
  const mayTest = may('mail-server:test')
  return (
    <Page
      title={server.name === null ? t('title') : t('titleFor', { name: server.name })}
      documentTitle={t('title')}
      crumbs={[{ label: mailServer('servers.title'), href: MAIL_SERVERS_PATH }]}
      actions={
        <Actions
          {...{ server, handOver, t }}
          progress={new Map([...remaining, [server.id, steps]])}
          add={may('mail-server:write') ? mailServer('servers.addButton') : null}
        />
      }
    >
      {query.step === undefined && (
        <StepsLeft steps={steps} path={server.path} name={server.name ?? shell('mailServer')} {...{ locale, t }} />
      )}
      {/* On a narrow screen the list of steps is below the step. */}
      <div className="sm:hidden">
        <StepsProgress steps={steps} t={t} />
      </div>
      <div className="grid grid-cols-[minmax(0,1fr)] items-start gap-7 sm:grid-cols-[16rem_minmax(0,1fr)] lg:gap-10">
        <StepList
          {...{ steps, guide, step, t }}
          server={server.id}
          evidence={step && <Evidence state={step.state} {...{ locale, t, diagnosis }} />}
        />
        <div className="grid min-w-0 grid-cols-[minmax(0,1fr)] gap-5 max-sm:order-first">
          {query.withheld === 'secret' && (
            <Note kind="danger" live="alert">
              {t('values.secretPasted')}
            </Note>
          )}
          <PropagationNote server={server.id} {...{ view, mayTest, locale, t }} testTo={caller.actor.email} now={now} />
          {step ? (
            <StepView
              {...{ view, step, server, mayTest, handOver, locale, t, shell, diagnosis }}
              testTo={caller.actor.email}
              consoleUrl={new URL(server.path, environment.baseUrl).href}
            />
          ) : (
            <Values {...form} />
          )}
          {step && <ValuesFold {...form} step={step.id} />}
          <p className="text-sm text-faint">
            {t('checked', { date: checkedOn(locale) })} {t('mayChange')}
          </p>
        </div>
      </div>
    </Page>
  )
})

/** Which steps are left, once there is something to tell. */
function StepsLeft(props: {
  steps: readonly GuideStep[]
  name: string
  path: string
  locale: Locale
  t: Translator<'set-up'>
}) {
  const { steps, name, path, locale, t } = props
  const left = steps.filter(({ state }) => state.kind !== 'verified')
  if (left.length === steps.length) return null
  if (left.length > 0)
    return (
      <Answer
        tone="info"
        mark={left.length}
        title={t('left', { count: left.length, name })}
        detail={`${new Intl.ListFormat(locale).format(left.map(({ id }, at) => inList(t(`steps.${id}.title`), at, locale)))}.`}
      />
    )
  return (
    <Answer
      tone="good"
      title={t('allConfirmed', { all: steps.length })}
      detail={t('allConfirmedText', { name })}
      action={<ButtonLink href={path}>{t('toServer')}</ButtonLink>}
    />
  )
}

type Progress = ReadonlyMap<string, readonly GuideStep[]>

/** Of more servers the menu shows only the names, since each count reads the tests of its server. */
const COUNTED_MAX = 5

/** The steps of the other mail servers, read one after the other: a page takes no more connections to the database than any other. */
async function progressOf({ id, servers }: GuideServer): Promise<[id: string, steps: readonly GuideStep[]][]> {
  if (servers.length > COUNTED_MAX) return []
  const progress: [string, readonly GuideStep[]][] = []
  for (const each of servers)
    if (each.id !== id) progress.push([each.id, (await services().setupGuide.view(each.id, {})).steps])
  return progress
}

interface ActionsProps {
  server: GuideServer
  handOver: string
  progress: Progress
  /** For those who may add a mail server. */
  add: string | null
  t: Translator<'set-up'>
}

const Actions = ({ handOver, ...menu }: ActionsProps) => (
  <>
    {menu.server.servers.length > (menu.add ? 0 : 1) && <ServerMenu {...menu} />}
    <ButtonLink href={handOver} icon="people">
      {menu.t('handOver.title')}
    </ButtonLink>
  </>
)

/** The step before the first one. */
const Values = (form: ValuesFormProps) => (
  <section className="grid gap-5" aria-labelledby="values-title">
    <div>
      <h2 id="values-title" className="text-3xl font-[620] tracking-[-0.022em] max-sm:text-[1.375rem]">
        {form.t('values.start')}
      </h2>
      <p className="mt-1 max-w-[68ch] text-lg text-soft">{form.t('values.text')}</p>
    </div>
    <Panel>
      <ValuesForm {...form} />
    </Panel>
  </section>
)

/** Links to the guides of the other mail servers, with how many steps of each are confirmed, and to a new one. */
const ServerMenu = ({ server, progress, add, t }: Omit<ActionsProps, 'handOver'>) => (
  <Menu label={t('servers')} text={t('forServer', { name: server.name ?? '' })}>
    {server.servers.map(({ id, name }) => (
      <a
        key={id}
        href={`${SET_UP_PATH}?server=${id}`}
        aria-current={id === server.id ? 'true' : undefined}
        className="menu-item justify-between gap-6 aria-[current]:font-[600]"
      >
        <bdi>{name}</bdi> <Count steps={progress.size === server.servers.length ? progress.get(id) : undefined} t={t} />
      </a>
    ))}
    {add && (
      <a href={ADD_MAIL_SERVER_PATH} className="menu-item">
        {add}
      </a>
    )}
  </Menu>
)

/** Nothing if the steps of the other mail servers were not read. */
const Count = ({ steps, t }: { steps: readonly GuideStep[] | undefined; t: Translator<'set-up'> }) =>
  steps && (
    <span className="text-sm font-[400] whitespace-nowrap text-faint tabular-nums">
      {t('progressShort', { done: steps.filter(({ state }) => state.kind === 'verified').length, all: steps.length })}
    </span>
  )

/** The title of a step in a list of several: only the first one begins the sentence. German titles may begin with a noun. */
const inList = (title: string, at: number, locale: Locale): string =>
  at > 0 && locale === 'en' ? title.charAt(0).toLowerCase() + title.slice(1) : title
