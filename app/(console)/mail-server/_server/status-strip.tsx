import Link from 'next/link'
import type { ReactNode } from 'react'
import { CURRENT_REVISION } from '@/app/(console)/_form/labels'
import { MESSAGES_PATH, messagePath, replaceCredentialPath, SYSTEM_PATH, testReportPath } from '@/app/paths'
import { ButtonLink } from '@/components/button-link'
import { Note } from '@/components/note'
import { absoluteTime, Timestamp } from '@/components/timestamp'
import { actorText } from '@/lib/i18n/actor-text'
import type { Locale } from '@/lib/i18n/locale'
import type { Translator } from '@/lib/i18n/translations'
import type { MailServerView } from '@/lib/mail-server'

interface ViewContext {
  view: MailServerView
  now: Date
  locale: Locale
  t: Translator<'mail-server'>
}

/** The current revision, whether it is verified, and the way back to the last verified one. */
export function StatusStrip({
  view,
  server,
  now,
  locale,
  t,
  restore,
  failure,
  maySave,
  mayTest,
}: ViewContext & {
  server: string
  restore: ReactNode /** The latest failure by its title. */
  failure: string | null
  maySave: boolean
  mayTest: boolean
}) {
  if (view.version === 0) {
    return (
      <Note kind="info" className="mb-8">
        {t(maySave ? 'status.nothing' : 'status.nothingForReaders')}
      </Note>
    )
  }
  const { verifiedBy, deliveredBy, lastVerified, latestTest, failedMessage, secret } = view
  const goBack = !verifiedBy && !deliveredBy && lastVerified && !lastVerified.isCurrent ? lastVerified : null
  return (
    <div className="mb-8 grid gap-3">
      <p id={CURRENT_REVISION} tabIndex={-1} className="flex flex-wrap gap-x-2 rounded-sm text-soft">
        <span className="font-[600] text-ink">{t('status.revision', { number: view.version })}</span>
        {verifiedBy ? (
          <span>
            {t('status.verified')}{' '}
            <Link href={testReportPath(verifiedBy.testId)} prefetch={false} className="prose-link">
              <Timestamp at={verifiedBy.at} now={now} locale={locale} />
            </Link>
          </span>
        ) : deliveredBy ? (
          <span>
            {t('status.delivered')} <Timestamp at={deliveredBy.at} now={now} locale={locale} />
          </span>
        ) : (
          <span>
            {t('status.notVerified')} {t(mayTest ? 'status.sendTest' : 'status.sendTestForReaders')}
          </span>
        )}
      </p>
      {secret.set && secret.destinationChange !== null && (
        <Note kind="danger" title={t('status.elsewhere')}>
          {t('status.elsewhereText', { change: secret.destinationChange })}
        </Note>
      )}
      {secret.set && !secret.readable && secret.destinationChange === null && (
        <Note
          kind="danger"
          title={t('status.unreadable')}
          action={<ButtonLink href={`${SYSTEM_PATH}#keys`}>{t('status.toKeys')}</ButtonLink>}
        >
          {t('status.unreadableText', { kid: secret.kid })}
        </Note>
      )}
      {view.failover !== null && (
        <Note
          kind="warning"
          title={t('status.failover', { name: view.failover })}
          action={<ButtonLink href={MESSAGES_PATH}>{t('status.toMessages')}</ButtonLink>}
        >
          {t('status.failoverText')}
        </Note>
      )}
      {view.fallbackUntil && (
        <Note
          kind="warning"
          title={t('status.fallback')}
          action={<ButtonLink href={replaceCredentialPath(server)}>{t('status.toCredential')}</ButtonLink>}
        >
          {t('status.fallbackText', { until: absoluteTime(view.fallbackUntil, locale) })}
        </Note>
      )}
      {latestTest?.outcome === 'failed' && latestTest.ofCurrentRevision && (
        <Note
          kind={view.failover === null && view.fallbackUntil === null ? 'danger' : 'warning'}
          title={t('status.latestFailed', { title: failure ?? latestTest.diagnosisCode ?? '' })}
          action={
            <Link href={testReportPath(latestTest.id)} prefetch={false} className="button button-secondary">
              {t('status.openReport')}
            </Link>
          }
        />
      )}
      {failedMessage && (
        <Note
          kind={view.failover === null ? 'danger' : 'warning'}
          title={t('status.latestTryFailed')}
          action={
            <Link href={messagePath(failedMessage)} prefetch={false} className="button button-secondary">
              {t('status.openMessage')}
            </Link>
          }
        />
      )}
      {view.state === 'off' && (
        <Note
          kind="warning"
          title={t('status.paused')}
          action={<ButtonLink href={MESSAGES_PATH}>{t('status.toMessages')}</ButtonLink>}
        >
          {t('status.pausedText')}
        </Note>
      )}
      {goBack && (
        <Note kind="warning" title={t('status.lastVerified', { number: goBack.number })} action={restore}>
          <p>
            <Timestamp at={goBack.savedAt} now={now} locale={locale} />,{' '}
            {t('status.savedBy', { by: actorText(goBack.savedBy, locale) })}
          </p>
          {!goBack.secretAvailable && <p>{t('status.restoreNoSecret')}</p>}
        </Note>
      )}
    </div>
  )
}
