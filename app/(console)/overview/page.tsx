import type { Metadata } from 'next'
import { requireCaller } from '@/app/_server/caller'
import { failoverOf, stateOfMail, statusesInUse } from '@/app/_server/status'
import { getTranslations } from '@/app/_server/translations'
import { Page } from '@/components/page'
import { Refresh } from '@/components/refresh'
import { isDiagnosisCode } from '@/lib/diagnosis'
import type { Translator } from '@/lib/i18n/translations'
import type { DeliveryNow } from '@/lib/mail-server/store/pauses'
import { areSound, keyStatus } from '@/lib/operations/rotate-keys'
import { overviewStatus } from '@/lib/operations/status'
import { services } from '@/lib/services'
import { attentionOf } from './attention'
import { AttentionList } from './attention-list'
import { CountsPart } from './counts-part'
import { LimitsPart } from './limits-part'
import { TrafficPart } from './traffic-part'

const REFRESH_SECONDS = 15

export async function generateMetadata(): Promise<Metadata> {
  return { title: (await getTranslations('overview'))('title') }
}

/** What needs attention, then what was sent, then how much of each limit is used. */
export default async function OverviewPage() {
  const { locale, actor } = await requireCaller('messages:read')
  const { db, environment, clock, vault, outbox } = services()
  const [
    t,
    people,
    reminders,
    diagnosis,
    state,
    statuses,
    keys,
    status,
    warnings,
    delivery,
    counts,
    unconfirmed,
    use,
    traffic,
  ] = await Promise.all([
    getTranslations('overview'),
    getTranslations('people'),
    getTranslations('reminders'),
    getTranslations('diagnosis'),
    stateOfMail(),
    statusesInUse(),
    keyStatus({ db, environment, clock, vault }),
    overviewStatus({ db, clock }),
    shownWarnings(),
    outbox.delivery(),
    outbox.counts(),
    outbox.unconfirmed(),
    outbox.mailboxUse(),
    outbox.traffic(),
  ])
  const entries = attentionOf({
    state,
    isSetUp: delivery.length > 0,
    isVerified: statuses.every(({ facts }) => facts.verifiedBy !== null || facts.deliveredBy !== null),
    keysSound: areSound(keys),
    unreadable: statuses.some(({ facts }) => facts.failing?.kind === 'unreadable'),
    pauses: pausesOf(delivery),
    silent: status.silent,
    warnings,
    counts,
    unconfirmed,
    now: clock.now(),
    remindersGivenUp: status.remindersGivenUp,
    undatedSecrets: status.undatedSecrets,
    use,
  })
  return (
    <Page title={t('title')} description={t('description')}>
      <AttentionList
        entries={entries}
        role={actor.role}
        titleOf={(code) => titleOf(code, diagnosis)}
        people={people}
        reminders={reminders}
        locale={locale}
        t={t}
      />
      <CountsPart counts={counts} locale={locale} t={t} />
      <TrafficPart traffic={traffic} locale={locale} t={t} />
      {use.length > 0 && <LimitsPart use={use} locale={locale} t={t} />}
      <Refresh everySeconds={REFRESH_SECONDS} />
    </Page>
  )
}

/** The paused mail servers, named only if there are several. */
const pausesOf = (delivery: readonly DeliveryNow[]) =>
  delivery.flatMap(({ name, pause, failover }) =>
    pause ? [{ ...pause, failover, name: delivery.length > 1 ? name : '' }] : [],
  )

const shownWarnings = async () =>
  Promise.all(
    (await services().credentials.warnings()).map(async (warning) => ({
      ...warning,
      failover: await failoverOf(warning.mailServerId),
    })),
  )

const titleOf = (code: string, diagnosis: Translator<'diagnosis'>): string =>
  isDiagnosisCode(code) ? diagnosis(`codes.${code}.title`) : code
