import type { Metadata } from 'next'
import { requireCaller } from '@/app/_server/caller'
import { words } from '@/app/_server/words'
import { DataList } from '@/components/data-list'
import { Note } from '@/components/note'
import { Page } from '@/components/page'
import { Section } from '@/components/section'
import { WordBadge } from '@/components/state-badge'
import { Timestamp } from '@/components/timestamp'
import { wiring } from '@/lib/wiring'
import { type KeyStatus, keyStatus } from '@/lib/wiring/keys'
import { isSilent, systemStatus } from '@/lib/wiring/status'
import { SystemParts } from './parts'

/** Those that tell of themselves by these names, shown in words. */
const PROCESSES = ['worker', 'reminders']

const KEY_FAULT: Partial<Record<KeyStatus['keys'][number]['state'], string>> = {
  missing: 'system.keyAbsent',
  wrong: 'system.keyWrong',
}

export async function generateMetadata(): Promise<Metadata> {
  return { title: (await words('people'))('system.title') }
}

export default async function SystemPage() {
  const { actor, locale } = await requireCaller('system:read')
  const t = await words('people')
  const { db, environment, clock, vault } = wiring()
  const [status, { current, keys }] = await Promise.all([
    systemStatus({ db, environment }),
    keyStatus({ db, environment, clock, vault }),
  ])
  const now = clock.now()
  const kidsThatAre = (wanted: 'missing' | 'wrong') =>
    keys.filter(({ state }) => state === wanted).map(({ kid }) => kid)
  const [missing, wrong] = [kidsThatAre('missing'), kidsThatAre('wrong')]
  return (
    <Page title={t('system.title')} description={t('system.description')}>
      <SystemParts current="status" role={actor.role} t={t} />
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
      <Section id="processes" title={t('system.processes')} description={t('system.processesWhy')}>
        {status.heartbeats.length === 0 ? (
          <Note kind="warning">
            <p>{t('system.noHeartbeat')}</p>
          </Note>
        ) : (
          <DataList
            items={status.heartbeats.map(({ name, beatAt }) => ({
              term: PROCESSES.includes(name) ? t(`system.process.${name}`) : name,
              value: (
                <span className="flex flex-wrap items-center gap-2">
                  {isSilent({ name, beatAt }, now) ? (
                    <WordBadge tone="bad">{t('system.silent')}</WordBadge>
                  ) : (
                    <WordBadge tone="good">{t('system.alive')}</WordBadge>
                  )}
                  <Timestamp at={beatAt} {...{ now, locale }} />
                </span>
              ),
            }))}
          />
        )}
      </Section>
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
