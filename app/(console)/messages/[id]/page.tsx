import type { Metadata } from 'next'
import Link from 'next/link'
import { notFound } from 'next/navigation'
import { FlashMessage } from '@/app/_form/flash-message'
import { requireCaller } from '@/app/_server/caller'
import { mailServers } from '@/app/_server/status'
import { getTranslations } from '@/app/_server/translations'
import { helpPath, MESSAGES_PATH, POLICY_PATH } from '@/app/paths'
import { PlainForm } from '@/components/action-form'
import { Button } from '@/components/button'
import type { CopyLabels } from '@/components/code-block'
import { DataList } from '@/components/data-list'
import { Foreign } from '@/components/foreign'
import { Note } from '@/components/note'
import { Page } from '@/components/page'
import { Refresh } from '@/components/refresh'
import { Section } from '@/components/section'
import { absoluteTime, Timestamp } from '@/components/timestamp'
import { may } from '@/lib/access/permissions'
import { isDiagnosisCode } from '@/lib/diagnosis'
import type { Locale } from '@/lib/i18n/locale'
import type { Translator } from '@/lib/i18n/translations'
import { isUuid } from '@/lib/kernel/ids'
import type { MessageDetail } from '@/lib/outbox/store/messages'
import { services } from '@/lib/services'
import { changeAction } from '../actions'
import { AttemptTable } from '../attempt-table'
import { faultOf } from '../fault-of'
import { reasonText, sourceText } from '../labels'
import { MessageStateBadge } from '../message-state'
import { RecipientTable } from '../recipient-table'
import { RemedyPart } from '../remedy-part'
import { unconfirmedMinutes } from '../unconfirmed'

const REFRESH_SECONDS = 5

export async function generateMetadata(): Promise<Metadata> {
  return { title: (await getTranslations('messages'))('title') }
}

/** One message: its state and the reason, its attempts, and what can be done. */
export default async function MessagePage({ params, searchParams }: PageProps<'/messages/[id]'>) {
  const { locale, actor } = await requireCaller('messages:read')
  const [{ id }, query] = await Promise.all([params, searchParams])
  const [t, diagnosis, server, shell] = await Promise.all([
    getTranslations('messages'),
    getTranslations('diagnosis'),
    getTranslations('mail-server'),
    getTranslations('shell'),
  ])
  const copy = { copy: shell('copy'), copied: shell('copied') }
  const { outbox, clock } = services()
  const [message, allServers] = await Promise.all([isUuid(id) ? outbox.message(id) : null, mailServers()])
  if (!message) notFound()
  const servers = new Map(allServers.length > 1 ? allServers.map((each) => [each.id, each.name]) : [])

  const now = clock.now()
  return (
    <Page
      title={t('detail.title', { at: absoluteTime(message.acceptedAt, locale) })}
      breadcrumb={[{ label: t('title'), href: MESSAGES_PATH }]}
      aside={<MessageStateBadge state={message.state} t={t} />}
    >
      <FlashMessage query={query} t={t} />
      <Why message={message} locale={locale} t={t} diagnosis={diagnosis} copy={copy} />
      <Declined message={message} t={t} />
      <Unconfirmed message={message} now={now} locale={locale} t={t} />
      {message.mayBeDuplicate && (
        <Note kind="warning" className="mb-6" title={t('mayBeDuplicate')}>
          {t('mayBeDuplicateText')}
        </Note>
      )}
      {may(actor.role, 'messages:act') && <Act message={message} t={t} />}
      <Facts message={message} servers={servers} now={now} locale={locale} t={t} />
      <Section id="recipients" title={t('detail.recipients')}>
        <RecipientTable recipients={message.to} now={now} locale={locale} t={t} />
      </Section>
      <Section id="attempts" title={t('detail.attempts')}>
        {message.attempts.length === 0 ? (
          <p className="text-soft">{t('detail.noAttempts')}</p>
        ) : (
          <AttemptTable
            attempts={message.attempts}
            recipients={message.recipients}
            servers={servers}
            diagnosis={diagnosis}
            now={now}
            locale={locale}
            t={t}
            stageLabel={(stage) => server(`test.stageNoun.${stage}`)}
          />
        )}
      </Section>
      {isOnItsWay(message) && <Refresh everySeconds={REFRESH_SECONDS} />}
    </Page>
  )
}

const isOnItsWay = ({ state }: Pick<MessageDetail, 'state'>): boolean => state === 'queued' || state === 'sending'

/** Why a message failed or waits, and how to fix it. */
async function Why(props: {
  message: MessageDetail
  locale: Locale
  t: Translator<'messages'>
  diagnosis: Translator<'diagnosis'>
  copy: CopyLabels
}) {
  const { message, locale, t, diagnosis, copy } = props
  const code = message.state === 'failed' ? (message.reason ?? message.lastCode) : message.lastCode
  if (code === null || (message.state !== 'failed' && message.state !== 'queued')) return null
  const { mailServerId, mail } = faultOf(message, code)
  const remedy = isDiagnosisCode(code) ? await services().mailServers.of(mailServerId).remedy(code, locale, mail) : null
  return (
    <Note
      kind={message.state === 'failed' ? 'danger' : 'warning'}
      className="mb-6"
      title={`${t(message.state === 'failed' ? 'detail.failedBecause' : 'detail.waitsBecause')}: ${remedy?.title ?? reasonText(code, t, diagnosis)}`}
    >
      {remedy && <RemedyPart remedy={remedy} copy={copy} />}
      {isDiagnosisCode(code) && (
        <p className="mt-3">
          <Link href={helpPath(code)} prefetch={false} className="prose-link">
            {code}
          </Link>
        </p>
      )}
    </Note>
  )
}

/** The server has not replied for longer than usual. */
function Unconfirmed({
  message,
  now,
  locale,
  t,
}: {
  message: MessageDetail
  now: Date
  locale: Locale
  t: Translator<'messages'>
}) {
  const minutes = unconfirmedMinutes(message, now)
  if (minutes === null || message.begunAt === null) return null
  return (
    <Note kind="warning" className="mb-6" title={t('detail.unconfirmed', { minutes })}>
      {t('detail.unconfirmedText', { when: absoluteTime(message.begunAt, locale, 'seconds') })}
    </Note>
  )
}

/** Policy rules declined it, which is not a fault, so it links to the rules. */
function Declined({ message: { state, reason }, t }: { message: MessageDetail; t: Translator<'messages'> }) {
  if (state !== 'declined' && reason !== 'declined-in-part') return null
  return (
    <Note kind="info" className="mb-6" title={t(state === 'declined' ? 'detail.declined' : 'detail.declinedInPart')}>
      {t('detail.declinedText')}{' '}
      <Link href={POLICY_PATH} prefetch={false} className="prose-link">
        {t('detail.toPolicy')}
      </Link>
    </Note>
  )
}

function Act({ message: { id, state, hasBody }, t }: { message: MessageDetail; t: Translator<'messages'> }) {
  const choices = (['try-now', 'hold', 'release', 'resend', 'cancel'] as const).filter(
    (to) => FROM[to].includes(state) && (to !== 'resend' || hasBody),
  )
  if (choices.length === 0) return null
  return (
    <PlainForm action={changeAction} aria-label={t('detail.act')} className="mb-6 flex flex-wrap gap-2">
      <input type="hidden" name="id" value={id} />
      <input type="hidden" name="back" value={id} />
      {choices.map((to) => (
        <Button key={to} name="to" value={to}>
          {t(`bulk.${to}`)}
        </Button>
      ))}
    </PlainForm>
  )
}

/** The states in which each change is offered. The outbox checks the state again. */
const FROM: Record<'try-now' | 'hold' | 'release' | 'resend' | 'cancel', readonly MessageDetail['state'][]> = {
  'try-now': ['queued'],
  hold: ['queued'],
  release: ['held'],
  resend: ['failed', 'cancelled'],
  cancel: ['queued', 'held', 'failed'],
}

function Facts(props: {
  message: MessageDetail
  servers: ReadonlyMap<string, string>
  now: Date
  locale: Locale
  t: Translator<'messages'>
}) {
  const { message, servers, now, locale, t } = props
  const time = (term: string, at: Date | null) =>
    at === null ? [] : [{ term, value: <Timestamp at={at} now={now} locale={locale} /> }]
  return (
    <Section id="facts" title={t('detail.facts')}>
      <DataList
        items={[
          { term: t('detail.subject'), value: <Foreign>{message.subject}</Foreign> },
          { term: t('detail.source'), value: sourceText(message, t) },
          ...(message.originator === null
            ? []
            : [{ term: t('detail.originator'), value: <Foreign>{message.originator}</Foreign> }]),
          ...serverFact(message, servers, t),
          { term: t('detail.messageId'), value: <Foreign>{message.messageId}</Foreign>, mono: true },
          { term: t('detail.size'), value: t('detail.bytes', { count: message.sizeBytes }) },
          ...time(t('detail.stored'), message.acceptedAt),
          ...(message.state === 'queued' ? time(t('detail.due'), message.dueAt) : []),
          ...(message.endedAt === null
            ? time(t('detail.givesUp'), message.expiresAt)
            : time(t('detail.ended'), message.endedAt)),
          { term: t('detail.body'), value: t(message.hasBody ? 'detail.bodyThere' : 'detail.bodyGone') },
        ]}
      />
    </Section>
  )
}

/** With several mail servers: where the message is, and for which server that one has taken over. */
function serverFact(
  { mailServerId, movedFromId }: MessageDetail,
  servers: ReadonlyMap<string, string>,
  t: Translator<'messages'>,
) {
  const name = servers.get(mailServerId)
  if (name === undefined) return []
  const of = movedFromId === null ? undefined : servers.get(movedFromId)
  return [{ term: t('detail.server'), value: of === undefined ? name : t('detail.withBackup', { name, of }) }]
}
