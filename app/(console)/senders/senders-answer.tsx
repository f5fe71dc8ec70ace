import { MAIL_SERVERS_PATH, mailServerPath, POLICY_PATH } from '@/app/paths'
import { Answer, type AnswerProps } from '@/components/answer'
import { ButtonLink } from '@/components/button'
import { TextLink } from '@/components/text'
import type { Translator } from '@/lib/i18n/translations'
import type { SendersPage } from '@/lib/mail-server/senders/view'
import type { ListedServer } from '@/lib/mail-server/servers'

interface SendersFacts {
  page: SendersPage | null
  counts: SendersPage['counts']
  hasOthers: boolean
  mayAdd: boolean
  mayVerify: boolean
  server: ListedServer | null
  /** Whether the mail server's own sender cannot send, for whatever reason. */
  isFailing: boolean
  t: Translator<'senders'>
}

export const SendersAnswer = (facts: SendersFacts) => <Answer {...answerOf(facts)} />

function answerOf(facts: SendersFacts): AnswerProps {
  const { page, counts, hasOthers, mayAdd, mayVerify, server, isFailing, t } = facts
  const toServer = <ButtonLink href={MAIL_SERVERS_PATH} text={t('toMailServer')} />
  const setUp = mayAdd && <ButtonLink kind="primary" href={MAIL_SERVERS_PATH} text={t('setUp')} />
  if (!page)
    return server !== null && server.version > 0
      ? { tone: 'bad', title: t('answer.unreadable'), detail: t('answer.unreadableText'), action: toServer }
      : { tone: 'neutral', title: t('answer.noServer'), detail: t('answer.noServerText'), action: setUp }
  if (page.settings.type === 'smtp') {
    const title = t('answer.smtp', { name: server?.name ?? '' })
    return { tone: 'neutral', title, detail: t('answer.smtpText'), action: toServer }
  }
  const { verified, refused, unverified, outdated } = counts
  const open = unverified + outdated
  const address = page.settings.senderAddress
  const failing = isFailing && server && (
    <TextLink href={mailServerPath(server.id)}>{t('answer.failing', { name: server.name })}</TextLink>
  )
  const use =
    page.unused === null ? (
      t('answer.text', { address })
    ) : (
      <>
        {`${t(`answer.${page.unused}`)} `}
        {page.unused === 'no-rule' ? (
          <TextLink href={POLICY_PATH}>{t('toPolicy')}</TextLink>
        ) : (
          server && (
            <TextLink href={mailServerPath(server.id)} className="whitespace-nowrap">
              {t('toMailServer')}
            </TextLink>
          )
        )}
      </>
    )
  const detail = (
    <>
      {failing} {hasOthers && mayVerify && open > 0 && `${t('answer.verify')} `}
      {hasOthers ? use : t(mayAdd ? 'answer.ownText' : 'answer.ownOnly')}
    </>
  )
  if (!hasOthers) return { tone: isFailing ? 'warn' : 'neutral', mark: 0, title: t('answer.own', { address }), detail }
  if (refused > 0)
    return { tone: 'bad', mark: refused, title: t('answer.rejected', { verified, rejected: refused }), detail }
  if (open === 0) return { tone: isFailing ? 'warn' : 'good', title: t('answer.verified', { verified }), detail }
  return { tone: isFailing ? 'warn' : 'info', mark: open, title: t('answer.open', { open }), detail }
}
