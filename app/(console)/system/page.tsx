import type { Metadata } from 'next'
import { requireCaller } from '@/app/_server/caller'
import { getTranslations } from '@/app/_server/translations'
import { DataList } from '@/components/data-list'
import { Note } from '@/components/note'
import { Page } from '@/components/page'
import { Section } from '@/components/section'
import { StatusBadge } from '@/components/state-badge'
import { Timestamp } from '@/components/timestamp'
import type { Locale } from '@/lib/i18n/locale'
import type { MessageKey, Translator } from '@/lib/i18n/translations'
import { areSound, type KeyStatus, keyStatus } from '@/lib/operations/rotate-keys'
import { degradationsOf, pulsesOf, systemStatus } from '@/lib/operations/status'
import { services } from '@/lib/services'
import { Degradations } from './degradations'
import { SystemParts } from './parts'

const KEY_FAULT: Partial<Record<KeyStatus['keys'][number]['state'], MessageKey<'people'>>> = {
  missing: 'system.keyAbsent',
  wrong: 'system.keyWrong',
}

export async function generateMetadata(): Promise<Metadata> {
  return { title: (await getTranslations('people'))('system.title') }
}

export default async function SystemPage() {
  const { actor, locale } = await requireCaller('system:read')
  const t = await getTranslations('people')
  const { db, environment, clock, vault, credentials, unknownProxy } = services()
  const [status, keysNow, warnings] = await Promise.all([
    systemStatus({ db, environment }),
    keyStatus({ db, environment, clock, vault }),
    credentials.warnings(),
  ])
  const { current, keys } = keysNow
  const now = clock.now()
  const pulses = pulsesOf(status.heartbeats, now)
  const degradations = degradationsOf({
    pulses,
    credentials: warnings,
    remindersGivenUp: status.remindersGivenUp,
    keysSound: areSound(keysNow),
    unknownProxy: unknownProxy.address(),
  })
  const kidsThatAre = (wanted: 'missing' | 'wrong') =>
    keys.filter(({ state }) => state === wanted).map(({ kid }) => kid)
  const [missing, wrong] = [kidsThatAre('missing'), kidsThatAre('wrong')]
  return (
    <Page
      title={t('system.title')}
      aside={
        <StatusBadge tone={degradations.length === 0 ? 'good' : 'bad'}>
          {t(degradations.length === 0 ? 'system.sound' : 'system.degraded')}
        </StatusBadge>
      }
      description={t('system.description')}
    >
      <SystemParts current="status" role={actor.role} t={t} />
      <Degradations degradations={degradations} proxy={unknownProxy.address() ?? ''} t={t} />
      {missing.length + wrong.length > 0 && (
        <Note kind="danger" title={t('system.keyMissingTitle')} className="mb-6">
          {missing.length > 0 && <p>{t('system.keyMissing', { keys: missing.join(', ') })}</p>}
          {wrong.length > 0 && <p>{t('system.keyOther', { keys: wrong.join(', ') })}</p>}
        </Note>
      )}
      <Section id="console" title={t('system.console')}>
        <DataList
          items={[
            { term: t('system.version'), value: status.productVersion },
            { term: t('system.baseUrl'), value: status.baseUrl, mono: true },
            { term: t('system.policy'), value: t(`system.policyIs.${status.secondFactor}`) },
          ]}
        />
      </Section>
      <Database status={status} t={t} />
      <Processes pulses={pulses} {...{ now, locale, t }} />
      <Keys keys={keys} current={current} t={t} />
      <Section id="mail" title={t('system.mail')}>
        <DataList
          items={[
            {
              term: t('system.lastAccepted'),
              value: status.lastAccepted ? (
                <Timestamp at={status.lastAccepted} {...{ now, locale }} />
              ) : (
                t('system.neverAccepted')
              ),
            },
          ]}
        />
      </Section>
    </Page>
  )
}

type T = Translator<'people'>

function Database({ status, t }: { status: Awaited<ReturnType<typeof systemStatus>>; t: T }) {
  return (
    <Section id="database" title={t('system.database')}>
      <DataList
        items={[
          {
            term: t('system.databaseKind'),
            value: `PostgreSQL ${status.version}, ${t(`system.databaseIs.${status.embeddedDatabase ? 'embedded' : 'given'}`)}`,
          },
          { term: t('system.databaseAddress'), value: status.databaseAddress ?? '', mono: true },
        ]}
      />
    </Section>
  )
}

function Processes(props: { pulses: ReturnType<typeof pulsesOf>; now: Date; locale: Locale; t: T }) {
  const { pulses, now, locale, t } = props
  return (
    <Section id="processes" title={t('system.processes')} description={t('system.processesWhy')}>
      <DataList
        items={pulses.map(({ name, beatAt, isSilent }) => ({
          term: t.lookUp(`system.process.${name}`) ?? name,
          value: (
            <span className="flex flex-wrap items-center gap-2">
              <StatusBadge tone={isSilent ? 'bad' : 'good'}>
                {t(isSilent ? 'system.silent' : 'system.alive')}
              </StatusBadge>
              {beatAt ? <Timestamp at={beatAt} {...{ now, locale }} /> : t('system.neverBeat')}
            </span>
          ),
        }))}
      />
    </Section>
  )
}

function Keys({ keys, current, t }: Pick<KeyStatus, 'keys' | 'current'> & { t: T }) {
  return (
    <Section id="keys" title={t('system.keys')} description={t('system.keysWhy')}>
      <DataList
        items={keys.map(({ kid, state, rows }) => ({
          term: kid,
          value: (
            <span className={KEY_FAULT[state] && 'font-[550] text-bad'}>
              {t(KEY_FAULT[state] ?? (kid === current ? 'system.keyCurrent' : 'system.keyOld'))}
              {': '}
              {t('system.keySecrets', { secrets: rows })}
            </span>
          ),
        }))}
      />
    </Section>
  )
}
