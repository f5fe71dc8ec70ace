import type { ReactNode } from 'react'
import { page } from '@/app/_server/page'
import { notFound } from '@/app/_server/refusal'
import { CLIENTS_PATH, clientPath, messagePath, SUBMISSION_SESSIONS_PATH } from '@/app/paths'
import { Answer } from '@/components/answer'
import { ButtonLink } from '@/components/button'
import { DataList, pair } from '@/components/data-list'
import { Page } from '@/components/page'
import { Panel, WithSide } from '@/components/panel'
import { Foreign, TextLink } from '@/components/text'
import { capitalised, type TextContext, type Translator } from '@/lib/i18n/translations'
import { isUuid } from '@/lib/kernel'
import { services } from '@/lib/services'
import { clientName } from '@/lib/submission/client-name'
import type { SessionRecord, SessionStage } from '@/lib/submission/smtp/session-record'
import { refusalSentence } from '../refusal-sentence'
import { addHref, clientToReset, unknownLogin, wayToAdd } from '../remedy'

interface View extends TextContext<'clients'> {
  session: SessionRecord
  submission: Translator<'submission'>
}

/** One SMTP session: what happened when, why it was refused and what to do. */
export default page('clients:read', 'clients', async ({ may, t, texts, id }) => {
  const [submission] = texts('submission')
  const { submission: service } = services()
  const session = isUuid(id) ? await service.sessions.read(id) : null
  if (!session) notFound()
  const client = session.clientId === null ? null : await service.clients.read(session.clientId)
  const clientOfLogin = session.login === null ? null : await service.clients.idOfLogin(session.login)
  const refused = { ...session, clientOfLogin }
  const view = { session, t, submission }
  const isClient = session.clientId !== null && session.refusal !== 'learning-over'
  const way = may('clients:write') && !isClient ? wayToAdd(refused) : null
  const toOpen = client?.id ?? clientToReset(refused)
  const next = way ? addHref({ ...session, way }) : toOpen && clientPath(toOpen)
  return (
    <Page
      title={t('session.title')}
      crumbs={[
        { label: t('title'), href: CLIENTS_PATH },
        { label: t('tabs.sessions'), href: SUBMISSION_SESSIONS_PATH },
      ]}
    >
      <SessionAnswer
        {...view}
        unknown={unknownLogin(refused)}
        action={next && <ButtonLink href={next} text={t(way ? 'add.link' : 'session.toClient')} />}
      />
      <WithSide side={<Details {...view} client={client} />}>
        <Panel title={t('session.stages')} flush>
          <ol className="divide-y divide-line border-t border-line text-sm">
            {session.stages.map((stage, index) => (
              // biome-ignore lint/suspicious/noArrayIndexKey: stages of one session, which never change
              <li key={index} className="grid grid-cols-[4.5rem_minmax(0,1fr)] gap-x-3 px-4.5 py-2.5">
                <span className="text-right text-faint tabular-nums">{t.duration(stage.atMs)}</span>
                <Stage {...view} stage={stage} />
              </li>
            ))}
          </ol>
        </Panel>
      </WithSide>
    </Page>
  )
})

/** @param props.unknown the user name that was refused because no client has it */
function SessionAnswer({
  session,
  unknown,
  t,
  submission,
  action,
}: View & { unknown: string | null; action: ReactNode }) {
  const { accepted, refusal, stages, entrance, tls, login } = session
  const first = stages.find((stage) => stage.refusal)?.refusal
  const count = t('session.accepted', { count: accepted })
  if (refusal) {
    if (unknown !== null) {
      const title = submission('loginUnknown.says', { login: unknown })
      const wait = refusal === 'too-many-guesses' ? ` ${submission(`refusal.${refusal}.says`)}` : ''
      return <Answer tone="bad" {...{ title, action }} detail={submission('loginUnknown.todo') + wait} />
    }
    const title = first ? refusalSentence(first, t, submission) : capitalised(t.lookUp(`refused.${refusal}`) ?? refusal)
    const todo = submission.lookUp(`refusal.${refusal}.todo`) ?? ''
    const detail = accepted > 0 ? `${todo} ${count}` : todo
    return <Answer tone={accepted > 0 ? 'warn' : 'bad'} {...{ title, detail, action }} />
  }
  if (accepted > 0) return <Answer tone="good" title={count} action={action} />
  const missing = entrance === 'starttls' && tls === null ? 'encryption' : 'login'
  const detail = entrance !== 'plain' && login === null ? t(`session.without.${missing}`) : null
  return <Answer tone="neutral" title={t('session.nothing')} detail={detail} action={action} />
}

/** One step. What the answer or an earlier step says of a refusal is not repeated. */
function Stage({ session, stage, t, submission }: View & { stage: SessionStage }) {
  const { event, detail, refusal } = stage
  const isMessage = event === 'message' && isUuid(detail)
  const first = session.stages.find((each) => each.refusal?.code === refusal?.code)
  return (
    <div className="min-w-0">
      <p className={refusal ? 'font-[600] text-bad' : 'font-[550]'}>
        {t(`session.event.${event}`)}
        {detail && (
          <>
            {': '}
            {isMessage ? (
              <TextLink href={messagePath(detail)}>{t('session.toMessage')}</TextLink>
            ) : (
              <Foreign>{detail}</Foreign>
            )}
          </>
        )}
      </p>
      {refusal && (
        <p className="text-soft first-letter:uppercase">
          {refusal.code === session.refusal || first !== stage
            ? t.lookUp(`refused.${refusal.code}`)
            : `${refusalSentence(refusal, t, submission)} ${submission.lookUp(`refusal.${refusal.code}.todo`) ?? ''}`}
        </p>
      )}
    </div>
  )
}

function Details({ session, client, t, submission }: View & { client: { id: string; name: string } | null }) {
  const { startedAt, durationMs, entrance, tls, address, helo, login, sender } = session
  return (
    <Panel title={t('one.facts')}>
      <DataList
        narrow
        items={[
          pair(t('session.startedAt'), t.time(startedAt, 'seconds')),
          pair(t('sessions.duration'), t.duration(durationMs)),
          pair(t('sessions.client'), client && clientName(client.name, submission)),
          pair(t('session.address'), address),
          pair(t('session.helo'), helo),
          pair(t('one.login'), login),
          pair(t('session.sender'), sender),
          pair(t('sessions.entrance'), t(`sessions.entranceName.${entrance}`)),
          pair(t('session.tls'), tls),
        ]}
      />
    </Panel>
  )
}
