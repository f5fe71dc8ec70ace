import type { ComponentProps } from 'react'
import type { LoadedPart } from '@/app/_server/part'
import { credentialPath } from '@/app/paths'
import { Fact, Facts } from '@/components/data-list'
import { TextLink } from '@/components/text'
import type { ViewContext } from '@/lib/i18n/translations'
import { calendarDays } from '@/lib/kernel'
import type { MailServerView } from '@/lib/mail-server'
import type { TrafficCounts } from '@/lib/outbox/traffic'

/** What a mail server sent in 24 hours; null if it could not be loaded. */
export const dayOf = (id: string, days: LoadedPart<ReadonlyMap<string, TrafficCounts>>): TrafficCounts | null =>
  days.ok ? (days.value.get(id) ?? { delivered: 0, failed: 0 }) : null

export function FactStrip(
  props: ViewContext<'mail-server'> & {
    id: string
    view: MailServerView
    /** Null if it could not be loaded. */
    day: TrafficCounts | null
    /** Name of the failover server; null if there is none. */
    failover: string | null
  },
) {
  const { view, day, failover, t } = props
  const { secret } = view
  const figure = (value: number | undefined) =>
    value === undefined ? { value: t('servers.dayUnknown') } : { value: t.number(value), isFigure: true }
  return (
    <Facts className="rounded-lg border border-line bg-raised shadow-1">
      <Fact term={t('facts.accepted')} {...figure(day?.delivered)} />
      <Fact term={t('facts.failed')} {...figure(day?.failed)} className={day?.failed ? 'text-bad' : ''} />
      <Fact term={t(`facts.${secret.set ? secret.kind : 'none'}`)} {...validity(props)} />
      <Fact
        term={t('facts.failover')}
        value={failover === null ? t('facts.noFailover') : <bdi>{failover}</bdi>}
        about={t(failover === null ? 'facts.mailWaits' : 'facts.takesOver')}
      />
    </Facts>
  )
}

function validity(props: ComponentProps<typeof FactStrip>): Pick<ComponentProps<typeof Fact>, 'value' | 'about'> {
  const { id, now, t } = props
  const { secret, failing, latestTest } = props.view
  if (!secret.set) return { value: t('facts.noCredential') }
  if (secret.kind === 'federated-token') return { value: t('facts.federated'), about: t('facts.noExpiry') }
  if (secret.kind === 'managed-identity') return { value: t('facts.managed'), about: t('facts.noExpiry') }
  if (!secret.expiresAt && secret.kind === 'smtp-password') return { value: t('facts.noExpiry') }
  if (!secret.expiresAt) return { value: <TextLink href={`${credentialPath(id)}#edit`}>{t('facts.unknown')}</TextLink> }
  const isCause = failing?.kind === 'test' && failing.evidenceId === latestTest?.id
  if (isCause && latestTest.diagnosisCode === 'secret-expired') return { value: t('facts.expired') }
  const count = calendarDays(now, secret.expiresAt)
  return {
    value: count < 0 ? t('facts.expired') : t('facts.daysLeft', { count }),
    about: t('facts.until', { date: t.date(secret.expiresAt) }),
  }
}
