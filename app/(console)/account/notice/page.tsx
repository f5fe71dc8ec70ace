import type { Metadata } from 'next'
import { requireCaller } from '@/app/_server/caller'
import { words } from '@/app/_server/words'
import { Button } from '@/components/button'
import { ButtonLink } from '@/components/button-link'
import { CodeBlock } from '@/components/code-block'
import { Note } from '@/components/note'
import { Page } from '@/components/page'
import { NOTICE_MINUTES } from '@/lib/sign-in/settings'
import { wiring } from '@/lib/wiring'
import { dropNoticeAction } from '../actions'

export async function generateMetadata(): Promise<Metadata> {
  return { title: (await words('people'))('notice.title') }
}

/** What is shown once, to its operator only: until they say they have it, or for a few minutes. Never stored by a browser. */
export default async function NoticePage() {
  const caller = await requireCaller('own-account:write')
  const t = await words('people')
  const { signIn, environment } = wiring()
  const notice = await signIn.notice(caller.actor.id)
  if (!notice) {
    return (
      <Page title={t('notice.goneTitle')} width="text" description={t('notice.gone')}>
        <ButtonLink href="/account">{t('notice.toAccount')}</ButtonLink>
      </Page>
    )
  }
  const copy = { copy: t('notice.copy'), copied: t('notice.copied') }
  const isCodes = notice.kind === 'backup-codes'
  const isCalendar = notice.kind === 'calendar-address'
  return (
    <Page
      title={t(isCodes ? 'notice.codesTitle' : isCalendar ? 'notice.calendarTitle' : 'notice.linkTitle')}
      width="text"
      description={
        isCodes
          ? t('notice.codes')
          : isCalendar
            ? t('notice.calendar', { name: notice.name })
            : t('notice.link', { email: notice.email })
      }
    >
      <Note kind="warning" className="mb-5">
        <p>{t('notice.once', { minutes: NOTICE_MINUTES })}</p>
      </Note>
      {isCodes ? (
        <ul className="grid max-w-[26rem] grid-cols-2 gap-2 font-mono">
          {notice.codes.map((code) => (
            <li key={code}>{code}</li>
          ))}
        </ul>
      ) : (
        <CodeBlock text={`${environment.baseUrl.origin}${notice.path}`} words={copy} />
      )}
      <form action={dropNoticeAction} className="mt-6">
        <input type="hidden" name="back" value={isCodes ? 'account' : isCalendar ? 'calendar' : 'operators'} />
        <Button kind="primary">{t('notice.done')}</Button>
      </form>
    </Page>
  )
}
