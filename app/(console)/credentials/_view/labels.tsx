import { FaultLink } from '@/app/(console)/fault-link'
import { clientPath, credentialPath } from '@/app/paths'
import { StatusBadge } from '@/components/state-badge'
import { Foreign, PlainLink, Timestamp } from '@/components/text'
import { type CredentialState, isEndless } from '@/lib/credentials/expiry'
import type { Probe } from '@/lib/credentials/store/probes'
import type { CredentialView, ExpiringView } from '@/lib/credentials/views'
import type { Translator, ViewContext } from '@/lib/i18n/translations'

export type Tone = 'good' | 'warn' | 'bad' | 'neutral'

/** A state as it is shown: a kind without an expiry date, and a password whose date was not entered, are not "unknown". */
type ShownState = CredentialState | 'endless'

export const hasNoExpiry = ({ expiresAt, kind }: Pick<ExpiringView, 'expiresAt' | 'kind'>): boolean =>
  expiresAt === null && (kind === 'smtp-password' || isEndless({ kind }))

export const shownState = (view: Pick<ExpiringView, 'state' | 'expiresAt' | 'kind'>): ShownState =>
  hasNoExpiry(view) && (view.state === 'date-unknown' || view.state === 'healthy') ? 'endless' : view.state

const TONE_OF: Record<ShownState, Tone> = {
  healthy: 'good',
  soon: 'warn',
  critical: 'bad',
  expired: 'bad',
  refused: 'bad',
  'date-unknown': 'neutral',
  endless: 'neutral',
}

export const toneOf = (view: Pick<ExpiringView, 'state' | 'expiresAt' | 'kind' | 'isPropagating'>): Tone =>
  view.isPropagating ? 'neutral' : TONE_OF[shownState(view)]

/**
 * While a previous credential carries mail, this one is rejected, whatever its date is. While a new one propagates, its state is about its
 * date only, so a second label says that Entra does not know it yet.
 */
export const StateLabel = ({ view, t }: { view: ExpiringView; t: Translator<'credentials'> }) => (
  <>
    <StatusBadge tone={toneOf(view)}>{t(`state.${view.carriedBy ? 'refused' : shownState(view)}`)}</StatusBadge>
    {view.isPropagating && <StatusBadge tone="info">{t('propagating')}</StatusBadge>}
  </>
)

/** "Client secret of Finance (current)", for the file and for lists of several credentials. */
export const nameOf = (
  view: Pick<CredentialView, 'kind' | 'slot' | 'isFallback'> & { mailServer: { name: string } },
  t: Translator<'credentials'>,
): string => t('name', { kind: t(`kind.${view.kind}`), server: view.mailServer.name, slot: slotLabel(view, t) })

/** "API key of Payroll", or the name of a credential. */
export const expiringName = (view: ExpiringView, t: Translator<'credentials'>): string =>
  view.kind === 'api-key' ? t('keyName', { client: view.client.name }) : nameOf(view, t)

/** The page about it. The page of a client has its key. */
export const expiringPath = ({ kind, id }: Pick<ExpiringView, 'kind' | 'id'>) =>
  kind === 'api-key' ? clientPath(id) : credentialPath(id)

export const slotLabel = (
  { slot, isFallback }: Pick<CredentialView, 'slot' | 'isFallback'>,
  t: Translator<'credentials'>,
): string => t(isFallback ? 'slot.fallback' : `slot.${slot}`)

/** To upload it in the portal. */
export const CertificateLink = ({ id, t }: { id: string; t: Translator<'credentials'> }) => (
  <PlainLink href={`${credentialPath(id)}/certificate`} download>
    {t('one.certificate')}
  </PlainLink>
)

/** One in each line: mail addresses, or names that people in the tenant chose. */
export const Owners = ({ owners, none }: { owners: readonly string[]; none: string }) =>
  owners.length === 0 ? (
    <span className="text-faint">{none}</span>
  ) : (
    owners.map((owner, index) => (
      // biome-ignore lint/suspicious/noArrayIndexKey: two owners may have one name
      <span key={index} className="block sm:min-w-[6rem]">
        <Foreign>{owner}</Foreign>
      </span>
    ))
  )

const PROBE_LOOK: Record<Probe['outcome'], string> = {
  accepted: 'text-good',
  refused: 'font-[550] text-bad',
  unknown: 'font-[550] text-warn',
}

export const ProbeResult = ({ outcome, t }: { outcome: Probe['outcome']; t: Translator<'credentials'> }) => (
  <span className={PROBE_LOOK[outcome]}>{t(`probe.${outcome}`)}</span>
)

/** Entra's latest answer, and what to do about it. */
export function LatestProbe({ view, now, t }: ViewContext<'credentials'> & { view: CredentialView }) {
  const { latestProbe, kind, isPropagating } = view
  if (!latestProbe)
    return <span className="text-faint">{t(kind === 'smtp-password' ? 'probe.noneOfKind' : 'probe.none')}</span>
  const { at, outcome, diagnosisCode } = latestProbe
  const isNew = isPropagating && outcome === 'refused'
  return (
    <>
      {isNew ? (
        <span className="font-[550] text-accent">{t('probe.not-known-yet')}</span>
      ) : (
        <ProbeResult outcome={outcome} t={t} />
      )}{' '}
      <span className="block text-xs font-[400] text-faint">
        <Timestamp at={at} now={now} t={t} />
      </span>
      {isNew && <span className="block text-xs text-faint">{t('probe.settles')}</span>}
      {!isNew && diagnosisCode && (
        <span className="block">
          <FaultLink code={diagnosisCode} t={t} />
        </span>
      )}
    </>
  )
}
