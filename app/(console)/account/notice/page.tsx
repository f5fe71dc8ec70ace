import { requireFresh, requireSession } from '@/app/_server/caller'
import { page } from '@/app/_server/page'
import { ACCOUNT_PATH, clientCardPath, NOTICE_PATH, WEBHOOK_HELP_PATH } from '@/app/paths'
import { textIn } from '@/app/search-params'
import { Answer } from '@/components/answer'
import { ButtonLink } from '@/components/button'
import { ButtonForm } from '@/components/button-form'
import { CodeBlock } from '@/components/code-block'
import { CopyButton } from '@/components/copy-button'
import { Page } from '@/components/page'
import { Panel } from '@/components/panel'
import { PrintButton } from '@/components/print-button'
import { TextLink } from '@/components/text'
import type { Notice } from '@/lib/accounts/notices'
import { NOTICE_MINUTES } from '@/lib/accounts/settings'
import type { Translator } from '@/lib/i18n/translations'
import { recordOf } from '@/lib/kernel'
import { services } from '@/lib/services'
import { dropNoticeAction } from '../actions'

/** Shows a secret once, to its operator in a fresh session only, until they confirm or a few minutes have passed. Browsers never store the page. */
export default page('own-account:write', 'people', async ({ caller, t, query }) => {
  const { signIn, environment } = services()
  const notice = await signIn.notice(caller.actor.id)
  if (!notice || notice.kind === 'unreadable') {
    return (
      <Page title={t('notice.goneTitle')} width="text">
        <p className="text-soft">{t(notice ? 'notice.unreadable' : 'notice.gone')}</p>
        <div>
          <ButtonLink href={ACCOUNT_PATH} text={t('notice.toAccount')} />
        </div>
      </Page>
    )
  }
  await requireFresh((await requireSession()).session, NOTICE_PATH)
  const { title, text, back } = noticeText(notice, t)
  // An operator who was made to set up a second factor wanted to go somewhere else.
  const isFirst = query.first === '1'
  const next = recordOf(['channel', 'moved', 'learning'], (name) => textIn(query, name))
  const isCodes = notice.kind === 'backup-codes'
  return (
    <Page title={title} width="text">
      <Answer
        tone="warn"
        mark="dot"
        title={t(isCodes ? 'notice.codesAnswer' : 'notice.answer')}
        detail={t(isCodes ? 'notice.codesOnce' : 'notice.once', { minutes: NOTICE_MINUTES })}
      />
      <Panel
        aside={
          isCodes && (
            <span className="-ml-2 flex flex-wrap items-center gap-1">
              <CopyButton text={notice.codes.join('\n')} label={t('notice.copyAll')} />
              <PrintButton label={t('notice.print')} />
            </span>
          )
        }
      >
        <p className="mb-3.5 text-soft">{text}</p>
        <Secret notice={notice} origin={environment.baseUrl.origin} t={t} />
        {notice.kind === 'signing-key' && (
          <p className="mt-3 text-sm">
            <TextLink href={WEBHOOK_HELP_PATH}>{t('notice.keyHelp')}</TextLink>
          </p>
        )}
      </Panel>
      <ButtonForm
        action={dropNoticeAction}
        hidden={{ back: isFirst ? 'mail-server' : back, ...next }}
        kind="primary"
        text={t(isCodes ? 'notice.codesDone' : 'notice.done')}
      />
    </Page>
  )
})

function Secret({ notice, origin, t }: { notice: Notice; origin: string; t: Translator<'people'> }) {
  if (notice.kind === 'client-secret') return <ClientSecret notice={notice} t={t} />
  if (notice.kind !== 'backup-codes')
    return <CodeBlock text={notice.kind === 'signing-key' ? notice.key : `${origin}${notice.path}`} />
  return (
    <ul className="grid max-w-[26rem] grid-cols-2 gap-2 font-mono text-lg">
      {notice.codes.map((code) => (
        <li key={code}>{code}</li>
      ))}
    </ul>
  )
}

function ClientSecret({ notice, t }: { notice: Extract<Notice, { kind: 'client-secret' }>; t: Translator<'people'> }) {
  const { clientId, login, secret } = notice
  return (
    <div className="grid gap-3">
      {login !== null && <CodeBlock title={t('notice.clientLogin')} text={login} />}
      <CodeBlock title={t(login === null ? 'notice.clientKey' : 'notice.clientPassword')} text={secret} />
      <p className="text-sm">
        <TextLink href={clientCardPath(clientId)}>
          {t(login === null ? 'notice.clientKeyCard' : 'notice.clientCard')}
        </TextLink>
      </p>
    </div>
  )
}

function noticeText(notice: Notice, t: Translator<'people'>) {
  type Key = 'codes' | 'calendar' | 'client' | 'key' | 'link'
  const textsFor = (key: Key, back: string, values = {}, text: Key | 'keyRenewed' = key) => ({
    title: t(`notice.${key}Title`, values),
    text: t(`notice.${text}`, values),
    back,
  })
  switch (notice.kind) {
    case 'backup-codes':
      return textsFor('codes', 'account')
    case 'calendar-address':
      return textsFor('calendar', 'calendar', { name: notice.name })
    case 'client-secret':
      return textsFor('client', `client:${notice.clientId}`, { name: notice.name })
    case 'signing-key':
      return textsFor('key', 'reminders', { name: notice.name }, notice.isRenewed ? 'keyRenewed' : 'key')
    case 'set-up-link':
      return textsFor('link', 'operators', { email: notice.email })
  }
}
