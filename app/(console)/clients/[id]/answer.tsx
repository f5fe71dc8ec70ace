import { ALERTS_PATH } from '@/app/paths'
import { Answer } from '@/components/answer'
import { Button, ButtonLink } from '@/components/button'
import { CRITICAL_WITHIN_DAYS } from '@/lib/credentials/expiry'
import type { Translator, ViewContext } from '@/lib/i18n/translations'
import { calendarDays } from '@/lib/kernel'
import type { Client, ClientState } from '@/lib/submission/client'
import type { SessionRecord } from '@/lib/submission/smtp/session-record'
import { STATE_TONE } from '../_list/client-table'
import type { ListedClient } from '../_list/query'

/** An API key of a client in one of these may end before anyone notices. */
const WORKING: readonly ClientState[] = ['active', 'silent', 'unused']
type AnswerState = ClientState | 'ending'

export function ClientAnswer(
  props: ViewContext<'clients'> & {
    row: ListedClient
    sessions: readonly SessionRecord[]
    submission: Translator<'submission'>
    mayWrite: boolean
  },
) {
  const { row, sessions, submission, mayWrite, now, t } = props
  const { client, sentAt } = row
  const { lastSeenAt, lastError, lastErrorAt, disabledAt, expiresAt, way } = client
  const daysLeft = expiresAt ? calendarDays(now, expiresAt) : Number.POSITIVE_INFINITY
  const isEnding = daysLeft <= CRITICAL_WITHIN_DAYS && WORKING.includes(row.state)
  const state = isEnding ? 'ending' : row.state
  const times = { refused: lastErrorAt, disabled: disabledAt, over: expiresAt, silent: lastSeenAt ?? sentAt }
  const when = state in times ? times[state as keyof typeof times] : (sentAt ?? lastSeenAt)
  const key = state === 'active' && sentAt === null ? 'seen' : state
  const address = refusedAddress(client, sessions)
  const reason = address ? `${reasonOf(client, t)} (${address})` : reasonOf(client, t)
  const title = t(`one.answer.${key}`, {
    when: when ? t.relativeTime(when, now) : '',
    reason,
    days: daysLeft,
    date: expiresAt ? t.date(expiresAt) : '',
  })
  const todo = state === 'refused' ? submission.lookUp(`refusal.${lastError}.todo`) : t.lookUp(`one.todo.${state}`)
  const detail = state === 'unused' ? t(`one.unused.${way}`) : todo
  const action =
    state === 'stopped' ? (
      <ButtonLink href={ALERTS_PATH} text={t('one.alert')} />
    ) : (
      mayWrite && actionOf(client, state, t)
    )
  const mark = state === 'disabled' ? { mark: 'pause' as const } : {}
  return <Answer tone={isEnding ? 'warn' : STATE_TONE[row.state]} {...mark} {...{ title, detail, action }} />
}

/** Opens the dialog of the menu that does what the answer calls for. */
function actionOf({ way, lastError }: Client, state: AnswerState, t: Translator<'clients'>) {
  const isAboutKey = state === 'over' || state === 'ending'
  const resets = isAboutKey || (state === 'refused' && (lastError === 'login-wrong' || lastError === 'password-reset'))
  const [dialog, text] = resets
    ? ['reset', t(`manage.reset.${way === 'api-key' ? way : 'login'}`)]
    : ['access', t('manage.enable')]
  return (
    (resets || state === 'disabled') && (
      <Button
        type="button"
        kind={isAboutKey ? 'primary' : 'secondary'}
        popoverTarget={dialog}
        aria-haspopup="dialog"
        text={text}
      />
    )
  )
}

/** Why it was refused last. A code of a newer version has no text here. */
export const reasonOf = ({ lastError }: Client, t: Translator<'clients'>): string =>
  lastError === null ? '' : (t.lookUp(`refused.${lastError}`) ?? lastError)

/** The sender or recipient of the last rejection, if its session is among these. */
function refusedAddress({ lastError }: Client, sessions: readonly SessionRecord[]): string | undefined {
  const stages = sessions.find(({ refusal }) => refusal !== null && refusal === lastError)?.stages
  const stage = stages?.find(({ refusal }) => refusal?.code === lastError)
  return stage?.event === 'sender' || stage?.event === 'recipient' ? stage.detail : undefined
}
