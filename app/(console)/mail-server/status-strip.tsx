import Link from 'next/link'
import type { ReactNode } from 'react'
import { Note } from '@/components/note'
import { Timestamp } from '@/components/timestamp'
import type { Locale } from '@/lib/kernel/locale'
import type { Words } from '@/lib/kernel/words'
import type { MailServerView } from '@/lib/mail-server'

interface Told {
  view: MailServerView
  now: Date
  locale: Locale
  t: Words
}

/** Which revision holds, whether a test proved it, and the way back to the last one that was proven. */
export function StatusStrip({
  view,
  now,
  locale,
  t,
  restore,
  failure,
}: Told & { restore: ReactNode /** The latest failure by its title. */; failure: string | null }) {
  if (view.version === 0) {
    return (
      <Note kind="info" className="mb-8">
        {t('status.nothing')}
      </Note>
    )
  }
  const { provenBy, lastProven, latestTest } = view
  const goBack = !provenBy && lastProven && !lastProven.isCurrent ? lastProven : null
  return (
    <div className="mb-8 grid gap-3">
      <p className="flex flex-wrap gap-x-2 text-soft">
        <span className="font-[600] text-ink">{t('status.revision', { number: view.version })}</span>
        {provenBy ? (
          <span>
            {t('status.proven')}{' '}
            <Link href={`/mail-server/tests/${provenBy.testId}`} prefetch={false} className="prose-link">
              <Timestamp at={provenBy.at} now={now} locale={locale} />
            </Link>
          </span>
        ) : (
          <span>{t('status.notProven')}</span>
        )}
      </p>
      {latestTest?.outcome === 'failed' && latestTest.ofCurrentRevision && (
        <Note
          kind="danger"
          title={t('status.latestFailed', { title: failure ?? latestTest.diagnosisCode ?? '' })}
          action={
            <Link href={`/mail-server/tests/${latestTest.id}`} prefetch={false} className="button button-secondary">
              {t('status.openReport')}
            </Link>
          }
        />
      )}
      {goBack && (
        <Note kind="warning" title={t('status.lastProven', { number: goBack.number })} action={restore}>
          <p>
            <Timestamp at={goBack.savedAt} now={now} locale={locale} />, {t('status.savedBy', { by: goBack.savedBy })}
          </p>
          {!goBack.secretAvailable && <p>{t('status.restoreNoSecret')}</p>}
        </Note>
      )}
    </div>
  )
}
