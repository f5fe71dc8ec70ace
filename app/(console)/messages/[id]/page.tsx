import { FlashMessage } from '@/app/_form/flash-message'
import { page } from '@/app/_server/page'
import { notFound } from '@/app/_server/refusal'
import { deliveryNow, mailServers } from '@/app/_server/status'
import { clientPath, MESSAGES_PATH, messagePath, POLICY_PATH } from '@/app/paths'
import { PlainForm } from '@/components/action-form'
import { Answer, type AnswerProps } from '@/components/answer'
import { DataList, pair } from '@/components/data-list'
import { Note } from '@/components/note'
import { Page } from '@/components/page'
import { Panel, Part, WithSide } from '@/components/panel'
import { Refresh } from '@/components/refresh'
import { Foreign, TextLink } from '@/components/text'
import { faultTitle, isDiagnosisCode, type Remedy } from '@/lib/diagnosis'
import type { Formats } from '@/lib/i18n/formats'
import type { TextContext, Translator } from '@/lib/i18n/translations'
import { DAY_MS, isUuid } from '@/lib/kernel'
import type { DeliveryNow } from '@/lib/mail-server/store/pauses'
import { type MessageState, nextQueueOf } from '@/lib/outbox/message'
import type { MessageDetail } from '@/lib/outbox/store/messages'
import { services } from '@/lib/services'
import { clientName } from '@/lib/submission/client-name'
import type { ReportOfMessage } from '@/lib/submission/store/failure-reports'
import { FaultFact } from '../../fault-link'
import { firstSentence } from '../../first-sentence'
import { changeAction } from '../actions'
import { type About, AttemptHistory, replacesSender, ruleText } from '../attempt-history'
import { CHANGES_IN, ChangeButtons } from '../change-buttons'
import { ToSender } from '../failure-groups'
import { faultCode, faultOf, isOfRecipient, needsRepair } from '../fault-of'
import { aheadText, doubtAbout, inSentence, queuedTitle, sourceText, unconfirmedMinutes } from '../labels'
import { type PausedServer, pausedServers, RemedyPart } from '../pause-part'
import { pauseText } from '../pause-text'
import { messagesHref, NO_CONDITIONS } from '../query'
import { RecipientTable } from '../recipient-table'

const REFRESH_SECONDS = 5

/** One message: whether it arrived and why not, its recipients, what to do, and its history. */
export default page('messages:read', 'messages', async ({ may, now, t, texts, id, query }) => {
  const [server, submissionTexts] = texts('mail-server', 'submission')
  const { outbox, submission } = services()
  const [message, allServers] = await Promise.all([isUuid(id) ? outbox.message(id) : null, mailServers()])
  if (!message) notFound()
  const servers = new Map(allServers.length > 1 ? allServers.map((each) => [each.id, each.name]) : [])
  const code = faultCode(message)
  const remedy = await remedyOf(message, code, t)
  const deniedSender = message.state === 'failed' && code === 'send-as-denied' ? message.sender : null
  const reports = await submission.reportsAbout(message.id)
  const named = message.clientId === null ? null : await submission.clients.read(message.clientId)
  const client = named && clientName(named.name, submissionTexts)
  const about = { message, servers, size: sizeText(message.sizeBytes, t), t }
  const awaited = [message, ...message.otherQueues].map(({ mailServerId }) => mailServerId)
  const isAwaited = ({ mailServerId, failover }: DeliveryNow) =>
    message.state === 'queued' && awaited.includes(mailServerId) && failover === null
  const delivery = await deliveryNow()
  const pauses = await pausedServers(delivery, t, isAwaited)
  const paused = pauses.map(({ mailServerId }) => mailServerId)
  const next = nextQueueOf(message, paused)
  const isNext = ({ mailServerId }: Pick<DeliveryNow, 'mailServerId'>) => mailServerId === next.mailServerId
  const pause = pauses.find(isNext) ?? null
  const steps = pause?.remedy ?? remedy
  const isOver = message.state === 'failed' || message.state === 'dismissed'
  const [, more] = firstSentence((isOver && remedy?.cause) || '')
  const dueAt = pause === null && delivery.some(isNext) ? next.dueAt : null
  const turn = dueAt && (await turnText(message, next, now, t))
  const facts = { ...about, remedy, code, pauses, pause, turn, dueAt, now, isSetUp: delivery.length > 0 }
  const answer = ANSWERS[message.state](facts)
  const doubt = doubtAbout(message)
  const isUnderWay = message.state === 'queued' || message.state === 'sending'
  return (
    <Page title={message.subject || t('noSubject')} crumbs={[{ label: t('title'), href: MESSAGES_PATH }]}>
      <FlashMessage query={query} t={t} />
      <Answer
        {...answer}
        action={may('messages:act') && <Act {...{ message, code, t }} isSetUp={delivery.length > 0} />}
      />
      {doubt && (
        <Note kind="warning" title={t(`doubt.${doubt}.title`)}>
          {t(`doubt.${doubt}.text`)}
        </Note>
      )}
      <WithSide side={<Details {...{ ...about, code, client, reports }} />}>
        {steps && (steps.steps.length > 0 || steps.commands.length > 0) && (
          <Panel id="what" title={t('detail.what')}>
            {more && <p className="max-w-[68ch] text-soft">{more}</p>}
            <RemedyPart remedy={steps} />
            {message.state === 'failed' && code !== null && (
              <SameFault fault={code} sender={deniedSender ?? ''} t={t} />
            )}
            {deniedSender !== null && (
              <p className="mt-3">
                <ToSender
                  sender={deniedSender}
                  kind="primary"
                  mailServerId={faultOf(message, 'send-as-denied').mailServerId}
                  t={t}
                />
              </p>
            )}
          </Panel>
        )}
        <Part title={t('detail.recipients')} aside={t.number(message.recipients)}>
          <RecipientTable message={message} t={t} />
        </Part>
        <Panel title={t('detail.history')}>
          <AttemptHistory
            {...about}
            nextAt={dueAt && dueAt > now ? dueAt : null}
            stageLabel={(stage) => server(`test.stageNoun.${stage}`)}
          />
        </Panel>
      </WithSide>
      <Refresh everySeconds={isUnderWay ? REFRESH_SECONDS : null} says={answer.title} />
    </Page>
  )
})

/** One repair serves them all, so the list offers to send them again together. */
async function SameFault({ fault, sender, t }: { fault: string; sender: string; t: Translator<'messages'> }) {
  const count = (await services().outbox.countsOf({ fault, sender })).failed - 1
  if (count < 1) return null
  return (
    <p className="mt-3 text-sm text-soft">
      {t('detail.sameFault', { count })}{' '}
      <TextLink href={messagesHref({ ...NO_CONDITIONS, view: 'failed', time: 'all', fault, sender })}>
        {t('detail.showSame')}
      </TextLink>
    </p>
  )
}

async function remedyOf(message: MessageDetail, code: string | null, t: Formats): Promise<Remedy | null> {
  if (code === null || !isDiagnosisCode(code)) return null
  const { mailServerId, mail } = faultOf(message, code)
  return services().mailServers.of(mailServerId).remedy(code, t.locale, mail)
}

/** When a waiting message is attempted next or, if it is due, what is sent before it. */
async function turnText(message: MessageDetail, next: { dueAt: Date }, now: Date, t: Translator<'messages'>) {
  if (next.dueAt > now) return t('detail.next', { when: t.relativeTime(next.dueAt, now) })
  if (next !== message) return ''
  const server = (await mailServers()).find(({ id }) => id === message.mailServerId)
  const isExchange = server?.settings?.type === 'exchange-online-oauth2'
  return aheadText(await services().outbox.aheadOf(message), isExchange, t)
}

interface AnswerFacts extends About {
  remedy: Remedy | null
  code: string | null
  pauses: readonly PausedServer[]
  pause: PausedServer | null
  /** When it is attempted next, or what is sent before it; null while nothing is attempted. */
  turn: string | null
  dueAt: Date | null
  now: Date
  isSetUp: boolean
}

/** What the page says first, by the state of the message. */
const ANSWERS: Record<MessageState, (facts: AnswerFacts) => AnswerProps> = {
  failed: (facts) => ({ tone: 'bad', ...failedAnswer(facts) }),
  dismissed: (facts) => ({ tone: 'neutral', mark: 'cross', ...failedAnswer(facts) }),
  queued: queuedAnswer,
  sending({ message, now, t }) {
    const minutes = unconfirmedMinutes(message, now)
    return {
      tone: minutes === null ? 'info' : 'warn',
      title: t('detail.sending'),
      detail: minutes !== null && t('detail.unconfirmed', { minutes }),
    }
  },
  held: ({ message: { reason }, t }) => ({
    tone: 'warn',
    mark: 'pause',
    title: reason === 'by-person' ? t('detail.heldByPerson') : t('detail.held', { title: faultIn(reason ?? '', t) }),
    detail: t('detail.heldText'),
  }),
  delivered({ message, servers, t }) {
    const server = servers.get(message.mailServerId)
    return {
      tone: 'good',
      title: server ? t('detail.deliveredBy', { server }) : t('detail.delivered'),
      detail:
        message.reason === 'declined-in-part' ? (
          <Declined t={t} isPart />
        ) : (
          t('detail.accepted', { count: message.recipients, address: message.sender ?? 'unknown' })
        ),
    }
  },
  declined: ({ message, t }) => ({
    tone: 'neutral',
    title: t('detail.declined', { rule: inSentence(rulesText({ message, t }), t) || 'unknown' }),
    detail: <Declined t={t} />,
  }),
  cancelled: ({ t }) => ({ tone: 'neutral', title: t('detail.cancelled'), detail: t('detail.cannotResend') }),
}

const faultIn = (code: string | null, t: Formats): string =>
  code === null ? '' : inSentence(faultTitle(code, t.locale), t)

function failedAnswer({ message, remedy, code, t }: AnswerFacts) {
  const sentences = [
    missed(message, t),
    firstSentence(remedy?.cause ?? '')[0],
    message.state === 'dismissed' && t('detail.dismissedText'),
    !message.hasBody && t('detail.cannotResend'),
    message.hasBody && isOfRecipient(code) && t('detail.noHelp'),
  ]
  return { title: t('detail.failed', { title: faultIn(code, t) }), detail: sentences.filter(Boolean).join(' ') }
}

function queuedAnswer(facts: AnswerFacts): AnswerProps {
  const { message, code, pauses, pause, turn, dueAt, now, isSetUp, t } = facts
  const paused = (each: PausedServer) => {
    const { title, detail } = pauseText(each, t)
    return `${title}. ${detail}`
  }
  const elsewhere = pauses.filter((each) => each !== pause)
  const sentences = [
    pause ? paused(pause) : !isSetUp && t('answer.noServer'),
    turn,
    t(message.expiresAt > now ? 'detail.givesUp' : 'detail.lastOne', { date: t.date(message.expiresAt) }),
    elsewhere.length > 0 && t('detail.elsewhere'),
    ...elsewhere.map(paused),
  ]
  return {
    tone: 'warn',
    title: queuedTitle({ fault: faultIn(code, t), dueAt, now, t }),
    detail: sentences.filter(Boolean).join(' '),
  }
}

/** The rules that decided about its recipients, or that none did. */
const rulesText = ({ message, t }: Pick<About, 'message' | 't'>): string =>
  [...new Set(message.attempts.flatMap(({ decision }) => ruleText(decision, t)))].join('\u00a0· ')

function missed({ to, recipients: all, mayBeDuplicate }: MessageDetail, t: Translator<'messages'>): string {
  const count = to.filter(({ state }) => state === 'failed').length
  return all === 1 || mayBeDuplicate ? '' : t(`detail.reached.${count < all ? 'some' : 'none'}`, { count, all })
}

/** Policy rules declined it, which is not a fault. */
function Declined({ t, isPart = false }: { t: Translator<'messages'>; isPart?: boolean }) {
  return (
    <>
      {isPart && `${t('detail.declinedInPart')} `}
      {t('detail.declinedText')} <TextLink href={POLICY_PATH}>{t('detail.toPolicy')}</TextLink>
    </>
  )
}

function Act(props: { message: MessageDetail; code: string | null; isSetUp: boolean; t: Translator<'messages'> }) {
  const { message, code, isSetUp, t } = props
  const { id, state, hasBody } = message
  // Where sending again does not help, another change is the likeliest.
  const likeliest = state === 'failed' && isOfRecipient(code) ? CHANGES_IN.failed.toReversed() : CHANGES_IN[state]
  const choices = likeliest.filter((to) => (to !== 'resend' || hasBody) && (to !== 'try-now' || isSetUp))
  if (choices.length === 0) return null
  return (
    <PlainForm
      action={changeAction}
      aria-label={t('detail.act')}
      className={isOfRecipient(code) ? 'buttons' : 'flex flex-wrap gap-2'}
      hidden={{ id, back: id }}
    >
      <ChangeButtons
        changes={choices}
        kindOf={(to) => {
          if (to === 'resend' && isOfRecipient(code)) return 'quiet'
          return to === 'release' || (to === 'resend' && !needsRepair(code)) ? 'primary' : 'secondary'
        }}
        one
        t={t}
      />
    </PlainForm>
  )
}

const sizeText = (bytes: number, t: Formats): string =>
  bytes < 1024 ? `${t.number(bytes)} B` : `${t.number(Math.round(bytes / 1024))} KB`

async function Details(
  props: About & { code: string | null; client: string | null; reports: readonly ReportOfMessage[] },
) {
  const { message, servers, size, code, client, reports, t } = props
  const rules = rulesText(props)
  const isReplaced = message.attempts.some((each) => replacesSender(each.decision, message.originator))
  return (
    <Panel title={t('detail.details')}>
      <DataList
        narrow
        items={[
          pair(t('detail.from'), message.sender),
          pair(t('detail.originator'), message.originator),
          pair(
            t('detail.ruleName'),
            rules && (
              <>
                <TextLink href={POLICY_PATH}>{rules}</TextLink>
                {isReplaced && (
                  <p className="text-soft">{t('detail.replaced', { address: message.originator ?? '' })}</p>
                )}
              </>
            ),
          ),
          pair(t('detail.server'), serverNames(message, servers, t)),
          pair(t('detail.source'), sourceText(message, t)),
          pair(
            t('detail.client'),
            message.clientId !== null &&
              // A removed client has no page.
              (client === null ? (
                t('detail.clientGone')
              ) : (
                <TextLink href={clientPath(message.clientId)}>
                  <Foreign>{client}</Foreign>
                </TextLink>
              )),
          ),
          pair(t('detail.report'), reports.length > 0 && <FailureReports {...{ reports, t }} />),
          pair(t('detail.fault'), code !== null && isDiagnosisCode(code) && <FaultFact {...{ code, t }} />),
          pair(t('detail.messageId'), message.messageId, 'mono'),
          pair(t('detail.size'), size),
          pair(t('detail.body'), await bodyText(message, t)),
        ]}
      />
    </Panel>
  )
}

/** Until when the text is stored. A message that ended can be sent again until then. */
async function bodyText({ endedAt, hasBody }: MessageDetail, t: Translator<'messages'>): Promise<string> {
  // Of a message that is being sent the text may go while it is read.
  if (endedAt === null) return t('detail.bodyThere')
  if (!hasBody) return t('detail.bodyGone')
  const { failedBodyDays } = await services().outbox.retention()
  return t('detail.bodyFailed', { date: t.date(new Date(endedAt.getTime() + failedBodyDays * DAY_MS)) })
}

function FailureReports({ reports, t }: TextContext<'messages'> & { reports: readonly ReportOfMessage[] }) {
  return (
    <ul>
      {reports.map(({ state, at, recipient, reportId }) => {
        const text = t(`report.${state}`, { address: recipient ?? '', when: t.time(at) })
        return (
          <li key={`${at.toISOString()} ${recipient}`}>
            {reportId === null ? text : <TextLink href={messagePath(reportId)}>{text}</TextLink>}
          </li>
        )
      })}
    </ul>
  )
}

/** With several mail servers: where the message is, and for which server that one has taken over. */
function serverNames(message: MessageDetail, servers: ReadonlyMap<string, string>, t: Translator<'messages'>) {
  const names = [message, ...message.otherQueues].flatMap(({ mailServerId, movedFromId }) => {
    const name = servers.get(mailServerId)
    const ownServer = movedFromId === null ? undefined : servers.get(movedFromId)
    if (name === undefined) return []
    return ownServer === undefined ? name : t('detail.withBackup', { name, of: ownServer })
  })
  return names.length === 0 ? null : t.joined(new Set(names))
}
