import type { Metadata } from 'next'
import { requireCaller } from '@/app/_server/caller'
import { getTranslations } from '@/app/_server/translations'
import { ACCOUNT_PATH } from '@/app/paths'
import { PlainForm } from '@/components/action-form'
import { Button } from '@/components/button'
import { ButtonLink } from '@/components/button-link'
import { CodeBlock } from '@/components/code-block'
import { Note } from '@/components/note'
import { Page } from '@/components/page'
import type { Notice } from '@/lib/accounts/notices'
import { NOTICE_MINUTES } from '@/lib/accounts/settings'
import type { Translator } from '@/lib/i18n/translations'
import { services } from '@/lib/services'
import { dropNoticeAction } from '../actions'

export async function generateMetadata(): Promise<Metadata> {
  return { title: (await getTranslations('people'))('notice.title') }
}

/** Shows a secret once, to its operator only, until they confirm or a few minutes have passed. Browsers never store the page. */
export default async function NoticePage({ searchParams }: PageProps<'/account/notice'>) {
  const caller = await requireCaller('own-account:write')
  const t = await getTranslations('people')
  const { signIn, environment } = services()
  const notice = await signIn.notice(caller.actor.id)
  if (!notice) {
    return (
      <Page title={t('notice.goneTitle')} width="text" description={t('notice.gone')}>
        <ButtonLink href={ACCOUNT_PATH}>{t('notice.toAccount')}</ButtonLink>
      </Page>
    )
  }
  const copy = { copy: t('notice.copy'), copied: t('notice.copied') }
  const { title, text, back } = noticeText(notice, t)
  // An operator who was made to set up a second factor wanted to go somewhere else.
  const isFirst = (await searchParams).first === '1'
  return (
    <Page title={title} width="text" description={text}>
      <Note kind="warning" className="mb-5">
        <p>{t('notice.once', { minutes: NOTICE_MINUTES })}</p>
      </Note>
      {notice.kind === 'backup-codes' ? (
        <ul className="grid max-w-[26rem] grid-cols-2 gap-2 font-mono">
          {notice.codes.map((code) => (
            <li key={code}>{code}</li>
          ))}
        </ul>
      ) : (
        <CodeBlock
          text={notice.kind === 'signing-key' ? notice.key : `${environment.baseUrl.origin}${notice.path}`}
          labels={copy}
        />
      )}
      <PlainForm action={dropNoticeAction} className="mt-6">
        <input type="hidden" name="back" value={isFirst ? 'mail-server' : back} />
        <Button kind="primary">{t('notice.done')}</Button>
      </PlainForm>
    </Page>
  )
}

/** Title and explanation of a notice, and the page that its operator came from. */
function noticeText(notice: Notice, t: Translator<'people'>): { title: string; text: string; back: string } {
  switch (notice.kind) {
    case 'backup-codes':
      return { title: t('notice.codesTitle'), text: t('notice.codes'), back: 'account' }
    case 'calendar-address':
      return { title: t('notice.calendarTitle'), text: t('notice.calendar', { name: notice.name }), back: 'calendar' }
    case 'signing-key': {
      const { name, isRenewed } = notice
      const text = t(isRenewed ? 'notice.keyRenewed' : 'notice.key', { name })
      return { title: t('notice.keyTitle'), text, back: 'reminders' }
    }
    case 'set-up-link':
      return { title: t('notice.linkTitle'), text: t('notice.link', { email: notice.email }), back: 'operators' }
  }
}
