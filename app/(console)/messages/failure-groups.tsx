import type { ReactNode } from 'react'
import { mailServers, statusOf } from '@/app/_server/status'
import { mailServerPath, messagePath, senderPath } from '@/app/paths'
import { ButtonLink } from '@/components/button'
import { ButtonForm } from '@/components/button-form'
import { Fold, Panel } from '@/components/panel'
import { TaskList } from '@/components/tasks'
import { Foreign } from '@/components/text'
import { isDiagnosisCode } from '@/lib/diagnosis'
import type { TextContext, Translator } from '@/lib/i18n/translations'
import type { FailureGroup } from '@/lib/outbox/store/failures'
import { sameAddress } from '@/lib/policy/sender'
import { services } from '@/lib/services'
import { firstSentence } from '../first-sentence'
import { changeAction } from './actions'
import { causeOf, isOfRecipient } from './fault-of'
import { groupedCount } from './labels'
import { type Conditions, messagesHref } from './query'

/** The largest groups are shown, and as many as this are listed; the others are found by their fault and sender. */
const SHOWN_MAX = 5
const LISTED_MAX = 25

interface GroupsContext extends TextContext<'messages'> {
  groups: readonly FailureGroup[]
  conditions: Conditions
  /** Query of this page, to return to. */
  back: string
  mayAct: boolean
}

/** Failed messages with the same cause, and one action for all of them: first the repair, then sending again. */
export async function FailureGroups(context: GroupsContext) {
  const { groups, t } = context
  const items = await Promise.all(groups.slice(0, LISTED_MAX).map((group) => itemOf(group, context)))
  return (
    <Panel id="failures" title={t('groups.title')} description={t('groups.text')} flush>
      <TaskList items={items.slice(0, SHOWN_MAX)} />
      {groups.length > SHOWN_MAX && (
        <Fold
          summary={t('groups.more', { count: groups.length - SHOWN_MAX })}
          className="border-t border-line *:first:px-4.5"
        >
          <TaskList items={items.slice(SHOWN_MAX)} />
          {groups.length > LISTED_MAX && <p className="px-4.5 pt-2.5 text-sm text-soft">{t('groups.left')}</p>}
        </Fold>
      )}
    </Panel>
  )
}

async function itemOf(group: FailureGroup, context: GroupsContext) {
  const { t, conditions, mayAct } = context
  const { code, count, sender, mailServerId } = group
  const countShown = groupedCount(count, context.groups, t)
  const title = causeOf(group, t)
  const cause =
    isOfRecipient(code) || !isDiagnosisCode(code)
      ? null
      : firstSentence(
          (
            await services()
              .mailServers.of(mailServerId)
              .remedy(code, t.locale, sender ? { sender } : {})
          ).cause,
        )[0]
  const groupQuery = { ...conditions, view: 'failed', fault: code, sender: sender ?? conditions.sender } as const
  const show = (
    <ButtonLink
      kind="quiet"
      href={messagesHref(groupQuery)}
      label={t('groups.showNamed', { countShown, title })}
      text={t('groups.show', { countShown })}
    />
  )
  const change = (to: 'resend' | 'dismiss') => (
    <ButtonForm
      action={changeAction}
      hidden={{ back: context.back, all: '1', matching: messagesHref(groupQuery).split('?')[1] ?? '' }}
      name="to"
      value={to}
      aria-label={t(`groups.${to}Named`, { countShown, title })}
      text={t(`groups.${to}`, { countShown })}
    />
  )
  return {
    key: `${code} ${sender}`,
    tone: 'bad' as const,
    mark: countShown,
    title,
    detail: detailOf(group, cause, countShown, t),
    action: (
      <>
        {await repairOf(group, countShown, t, mayAct ? change : null)}
        {show}
      </>
    ),
  }
}

function detailOf(
  { code, count, sender, recipient, recipients, isRepaired }: FailureGroup,
  cause: string | null,
  countShown: string,
  t: Translator<'messages'>,
): ReactNode {
  if (isOfRecipient(code))
    return (
      <>
        {recipient && <Foreign>{t('groups.recipients', { recipient, more: recipients - 1 })}</Foreign>}{' '}
        {t('groups.noHelp')}
      </>
    )
  if (isRepaired) return t('groups.repaired', { count, countShown })
  return code === 'send-as-denied' && sender ? t('groups.fixSender', { count, countShown }) : cause
}

/** Leads to where a sender that is not allowed can be corrected. */
export async function ToSender(props: {
  sender: string
  mailServerId: string
  kind?: 'primary'
  t: Translator<'messages'>
}) {
  const { sender, mailServerId, kind = 'secondary', t } = props
  const serverSender = (await statusOf(mailServerId)).server?.settings?.senderAddress
  const href = sameAddress(sender, serverSender ?? '')
    ? mailServerPath(mailServerId)
    : senderPath({ address: sender, server: (await mailServers()).length > 1 ? mailServerId : null })
  return <ButtonLink kind={kind} href={href} text={t('groups.toSender')} />
}

/** The next step for a group: its repair, and once it is repaired, sending again. */
async function repairOf(
  { code, sender, mailServerId, messageId, isRepaired }: FailureGroup,
  countShown: string,
  t: Translator<'messages'>,
  change: ((to: 'resend' | 'dismiss') => ReactNode) | null,
): Promise<ReactNode> {
  if (isOfRecipient(code)) return change?.('dismiss')
  if (isRepaired) return change?.('resend')
  if (code === 'send-as-denied' && sender) return <ToSender sender={sender} mailServerId={mailServerId} t={t} />
  return (
    <ButtonLink
      href={`${messagePath(messageId)}#what`}
      label={`${t('groups.whatToDo')} (${countShown})`}
      text={t('groups.whatToDo')}
    />
  )
}
