import type { ReactNode } from 'react'
import { FormInput } from '@/app/_form/form-input'
import { PersonForm } from '@/app/_form/person-form'
import { page } from '@/app/_server/page'
import { type LoadedPart, loadPart, PartFailed } from '@/app/_server/part'
import { organisationNow } from '@/app/_server/status'
import { Answer } from '@/components/answer'
import { DataList, pair } from '@/components/data-list'
import { Page } from '@/components/page'
import { Panel } from '@/components/panel'
import { StatusBadge } from '@/components/state-badge'
import { TaskList } from '@/components/tasks'
import { Command, FactLine, Timestamp } from '@/components/text'
import type { MessageKey, Translator, ViewContext } from '@/lib/i18n/translations'
import { pick } from '@/lib/kernel'
import { areSound, type KeyStatus, keyStatus } from '@/lib/operations/rotate-keys'
import {
  clocksApart,
  degradationsOf,
  type Pulse,
  pulsesOf,
  type SystemStatus,
  systemStatus,
} from '@/lib/operations/status'
import { services } from '@/lib/services'
import { ENTRANCES, openPorts } from '@/lib/submission/entrance'
import { saveOrganisationAction } from './actions'
import { type DegradationFacts, degradationTasks } from './degradations'
import { systemBar } from './parts'

export default page('system:read', 'people', async ({ may, now, t }) => {
  const { db, environment, clock, vault, credentials, databaseDisk, unknownProxy } = services()
  const [status, keys, warnings, organisation] = await Promise.all([
    systemStatus({ db, clock, environment, databaseDisk }),
    loadPart('keys', () => keyStatus({ db, environment, clock, vault })),
    loadPart('warnings about credentials', () => credentials.warnings()),
    organisationNow(),
  ])
  const pulses = pulsesOf(status.heartbeats, now)
  const credentialWarnings = warnings.ok ? warnings.value : []
  const degradations = degradationsOf({
    ...pick(status, 'remindersGivenUp', 'awaitsStandby', 'isFull', 'disk'),
    pulses,
    clocksApart: clocksApart(status),
    credentials: credentialWarnings,
    keysSound: !keys.ok || areSound(keys.value),
    unknownProxy: unknownProxy.address(),
  })
  const kidsThatAre = (wanted: 'missing' | 'wrong') =>
    keys.ok ? keys.value.keys.filter(({ state }) => state === wanted).map(({ kid }) => kid) : []
  const facts: DegradationFacts = {
    pulses,
    clocks: clocksApart(status),
    missing: kidsThatAre('missing'),
    wrong: kidsThatAre('wrong'),
    disk: status.disk,
    proxy: unknownProxy.address() ?? '',
    credentials: credentialWarnings,
    now,
  }
  const tasks = degradationTasks(degradations, facts, t)
  const [first, second] = tasks
  const doubtful = keys.ok ? warnings : keys
  return (
    <Page {...systemBar('status', may, t)}>
      <SystemAnswer doubtful={doubtful} tasks={tasks} t={t} />
      {(second || !doubtful.ok) && first && <TaskList boxed items={tasks} />}
      <Panel id="processes" title={t('system.parts')} className="max-w-[45rem]">
        <DataList items={partsOf({ status, pulses, keys, now, t })} />
      </Panel>
      {may('system:write') && (
        <Panel title={t('system.organisation')} className="max-w-[45rem]">
          <PersonForm
            action={saveOrganisationAction}
            hidden={{ version: String(organisation.version) }}
            submit={{ label: t('system.organisationSave'), kind: 'secondary' }}
          >
            <FormInput
              name="organisation"
              label={t('system.organisationName')}
              hint={t('system.organisationHint')}
              defaultValue={organisation.name}
              autoComplete="organization"
            />
          </PersonForm>
        </Panel>
      )}
    </Page>
  )
})

function SystemAnswer(props: {
  doubtful: LoadedPart<unknown>
  tasks: ReturnType<typeof degradationTasks>
  t: Translator<'people'>
}) {
  const { doubtful, tasks, t } = props
  const [first, second] = tasks
  if (!doubtful.ok) return <Answer tone="bad" title={t('system.unknown')} detail={<PartFailed {...doubtful.error} />} />
  if (!first) return <Answer tone="good" title={t('system.healthy')} detail={t('system.healthyDetail')} />
  if (!second) return <Answer tone="bad" title={first.title} detail={first.detail} action={first.action} />
  return <Answer tone="bad" mark={tasks.length} title={t('system.several', { count: tasks.length })} />
}

interface Parts extends ViewContext<'people'> {
  status: SystemStatus
  pulses: readonly Pulse[]
  keys: LoadedPart<KeyStatus>
}

function partsOf({ status, pulses, keys, now, t }: Parts) {
  const { disk, databaseAddress, lastBackup, lastAccepted, moreHeartbeats: more } = status
  const [free, total] = [t.space(disk.freeBytes), t.space(disk.totalBytes)]
  const moment = (at: Date | null, otherwise: ReactNode) => (at ? <Timestamp at={at} {...{ now, t }} /> : otherwise)
  return [
    pair(
      t('system.database'),
      <State tone="good" label={t('system.running')}>
        {t(`system.databaseIs.${status.embeddedDatabase ? 'embedded' : 'given'}`, { version: status.version })}
        {databaseAddress && <code className="block font-mono text-xs text-soft">{databaseAddress}</code>}
      </State>,
    ),
    ...pulses.map(({ name, host, beatAt, isSilent }) =>
      pair(
        `${t.lookUp(`system.process.${name}`) ?? name}${host && ` (${host})`}`,
        <State tone={isSilent ? 'bad' : 'good'} label={t(isSilent ? 'system.stopped' : 'system.running')}>
          {beatAt ? t('system.reported', { when: t.relativeTime(beatAt, now) }) : t('system.neverReported')}
        </State>,
      ),
    ),
    pair(t('system.more'), more > 0 && t('system.moreReported', { count: more })),
    pair(t('system.submission'), <Submission status={status.submission} {...{ now, t }} />),
    pair(t('system.keys'), keys.ok ? <Keys {...keys.value} t={t} /> : <PartFailed {...keys.error} />),
    pair(
      t('system.disk'),
      <span className={disk.isLow ? 'font-[550] text-bad' : ''}>{t('system.diskFree', { free, total })}</span>,
    ),
    pair(t('system.backup'), moment(lastBackup, t.rich('system.noBackup', { code: Command }))),
    pair(t('system.lastAccepted'), moment(lastAccepted, t('system.neverAccepted'))),
    pair(
      t('system.console'),
      <>
        {t('system.version', { version: status.productVersion, node: process.versions.node })}
        <code className="block font-mono text-xs text-soft">{status.baseUrl}</code>
      </>,
    ),
    pair(t('system.policy'), t(`system.policyIs.${status.secondFactor}`)),
  ]
}

function State({ tone, label, children }: { tone: 'good' | 'bad'; label: string; children: ReactNode }) {
  return (
    <span className="flex flex-wrap items-baseline gap-x-2 gap-y-1">
      <StatusBadge tone={tone}>{label}</StatusBadge>
      <span className="min-w-0">{children}</span>
    </span>
  )
}

function Submission({ status, now, t }: ViewContext<'people'> & { status: SystemStatus['submission'] }) {
  if (!status) return t('system.submissionOff')
  const { listen, ports, certificate, isSelfMade } = status
  const open = openPorts(ports, ENTRANCES).map(({ entrance, port }) =>
    t(`system.submissionPort.${entrance}`, { port: String(port) }),
  )
  return (
    <>
      <FactLine>{open.join(' · ')}</FactLine>
      <span className="block">{t('system.submissionAddress', { address: listen })}</span>
      {certificate && (
        <span className="block">
          {`${t('system.submissionCertificate', { subject: certificate.subject })} `}
          <Timestamp at={certificate.expiresAt} {...{ now, t }} show="date" />
        </span>
      )}
      {certificate?.missingIssuer && (
        <span className="block">{t('system.submissionIssuer', { issuer: certificate.missingIssuer })}</span>
      )}
      {isSelfMade && <span className="block text-sm text-faint">{t('system.submissionSelfMade')}</span>}
    </>
  )
}

const KEY_FAULT: Partial<Record<KeyStatus['keys'][number]['state'], MessageKey<'people'>>> = {
  missing: 'system.keyAbsent',
  wrong: 'system.keyWrong',
}

function Keys({ keys, current, t }: KeyStatus & { t: Translator<'people'> }) {
  return (
    <>
      {keys.map(({ kid, state, rows }) => (
        <span key={kid} className={`block ${KEY_FAULT[state] ? 'font-[550] text-bad' : ''}`}>
          <code className="font-mono text-sm">{kid}</code>
          {`\u00a0· ${t(KEY_FAULT[state] ?? (kid === current ? 'system.keyCurrent' : 'system.keyOld'))}\u00a0· ${t('system.keySecrets', { secrets: rows })}`}
        </span>
      ))}
      <span className="block text-sm text-faint">{t('system.keysWhy')}</span>
    </>
  )
}
