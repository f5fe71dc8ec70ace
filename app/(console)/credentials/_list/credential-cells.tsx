import Link from 'next/link'
import { helpPath } from '@/app/paths'
import { Foreign } from '@/components/foreign'
import { absoluteDate, Timestamp } from '@/components/timestamp'
import { isEndless } from '@/lib/credentials/expiry'
import type { Probe } from '@/lib/credentials/store/probes'
import type { CredentialView } from '@/lib/credentials/views'
import type { Locale } from '@/lib/i18n/locale'
import type { Namespace, Translator } from '@/lib/i18n/translations'

export interface ViewContext<N extends Namespace = 'credentials'> {
  now: Date
  locale: Locale
  t: Translator<N>
}

/** The expiry date, its source, and Microsoft's date if it differs. */
export function ExpiryDate({ view, now, locale, t }: ViewContext & { view: CredentialView }) {
  const { expiresAt, expirySource, datesDiffer, foundExpiresAt } = view
  if (!expiresAt) return <span className="text-faint">{t(isEndless(view) ? 'ends.none' : 'ends.unknown')}</span>
  return (
    <>
      <Timestamp at={expiresAt} now={now} locale={locale} show="date" />
      {expirySource && <span className="block text-xs text-faint">{t(`ends.source.${expirySource}`)}</span>}
      {datesDiffer && foundExpiresAt && (
        <span className="block text-xs font-[550] text-warn">
          {t('ends.differs', { date: absoluteDate(foundExpiresAt, locale) })}
        </span>
      )}
    </>
  )
}

/** One address in each line. */
export const Owners = ({ view: { owners } }: { view: Pick<CredentialView, 'owners'> }) =>
  owners.map((owner) => (
    <span key={owner} className="block">
      <Foreign>{owner}</Foreign>
    </span>
  ))

const PROBE_LOOK: Record<Probe['outcome'], string> = {
  accepted: 'text-good',
  refused: 'font-[550] text-bad',
  unknown: 'font-[550] text-warn',
}

export const ProbeResult = ({ outcome, t }: { outcome: Probe['outcome']; t: Translator<'credentials'> }) => (
  <span className={PROBE_LOOK[outcome]}>{t(`probe.${outcome}`)}</span>
)

export const RemedyLink = ({ code, t }: { code: string; t: Translator<'credentials'> }) => (
  <Link href={helpPath(code)} prefetch={false} className="prose-link block">
    {t('probe.remedy', { code })}
  </Link>
)

/** Entra's latest answer, and what to do about it. */
export function LatestProbe({ view, now, locale, t }: ViewContext & { view: CredentialView }) {
  const { latestProbe, kind, isPropagating } = view
  if (!latestProbe)
    return <span className="text-faint">{t(kind === 'smtp-password' ? 'probe.noneOfKind' : 'probe.none')}</span>
  const { at, outcome, diagnosisCode } = latestProbe
  if (isPropagating && outcome === 'refused')
    return (
      <>
        <span className="font-[550] text-accent">{t('probe.not-known-yet')}</span>{' '}
        <Timestamp at={at} now={now} locale={locale} />
        <span className="block text-xs text-faint">{t('probe.settles')}</span>
      </>
    )
  return (
    <>
      <ProbeResult outcome={outcome} t={t} /> <Timestamp at={at} now={now} locale={locale} />
      {diagnosisCode && <RemedyLink code={diagnosisCode} t={t} />}
    </>
  )
}
