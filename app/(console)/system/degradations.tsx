import { CREDENTIALS_PATH, credentialPath, REMINDERS_PATH } from '@/app/paths'
import { ButtonLink } from '@/components/button'
import type { Task } from '@/components/tasks'
import type { Warning } from '@/lib/credentials/reminders/warnings'
import type { Translator } from '@/lib/i18n/translations'
import { SECOND_MS } from '@/lib/kernel'
import {
  type clocksApart,
  type Degradation,
  type Disk,
  deadCredentials,
  type Pulse,
  type Silent,
  silentOf,
} from '@/lib/operations/status'

type T = Translator<'people'>

export interface DegradationFacts {
  pulses: readonly Pulse[]
  clocks: ReturnType<typeof clocksApart>
  /** IDs of the keys that stored secrets need: those that the key file lacks, and those that differ. */
  missing: readonly string[]
  wrong: readonly string[]
  disk: Disk
  /** The address of a proxy that is not configured; empty if there is none. */
  proxy: string
  credentials: readonly Pick<Warning, 'state' | 'kind' | 'holderId' | 'holderName'>[]
  now: Date
}

/** Its title can also be the answer of the page. */
type DegradationTask = Task & { title: string }

export function degradationTasks(degradations: readonly Degradation[], facts: DegradationFacts, t: T) {
  return degradations.flatMap((each): DegradationTask[] => {
    if (each === 'clock-silent') return silentOf(facts.pulses).map((pulse) => silentTask(pulse, facts, t))
    const servers = serversOf(each, facts)
    const title = t(`system.degraded.${each}.title`, { count: servers.size })
    const [detail, action] = [detailOf(each, servers, facts, t), actionOf(each, servers, t)]
    return [{ key: each, tone: 'bad', icon: 'warning', title, detail, action }]
  })
}

/** “The worker”, or “The worker (mail2)” where several machines run one. */
const processName = ({ name, host }: Pick<Pulse, 'name' | 'host'>, t: T): string =>
  `${t.lookUp(`system.processes.${name}`) ?? name}${host && ` (${host})`}`

function silentTask(pulse: Silent, { now }: DegradationFacts, t: T): DegradationTask {
  const { name, host, beatAt, count } = pulse
  const process = processName(pulse, t)
  const time = beatAt === null ? t('system.aDay') : t.spokenDuration(now.getTime() - beatAt.getTime())
  const title = count > 1 ? t('system.silentMany', { process, count }) : t('system.silent', { process, time })
  return {
    key: `${name} ${host}`,
    tone: 'bad',
    icon: 'warning',
    title,
    detail: t('system.degraded.clock-silent.detail', { process: name }),
  }
}

const STATE_OF: Partial<Record<Degradation, Warning['state']>> = {
  'credential-refused': 'refused',
  'credential-expired': 'expired',
}

/** The names of the mail servers whose credential it is about, by ID. */
function serversOf(degradation: Degradation, { credentials }: DegradationFacts): Map<string, string> {
  const state = STATE_OF[degradation]
  const dead = state ? deadCredentials(credentials, state) : []
  return new Map(dead.map(({ holderId, holderName }) => [holderId, holderName]))
}

type Servers = ReturnType<typeof serversOf>

function detailOf(degradation: Exclude<Degradation, 'clock-silent'>, servers: Servers, facts: DegradationFacts, t: T) {
  const { clocks, missing, wrong, disk, proxy } = facts
  switch (degradation) {
    case 'clocks-apart':
      return (
        <>
          {clocks.map((clock) => (
            <p key={`${clock.name} ${clock.host}`}>
              {t(`system.degraded.clocks-apart.${clock.aheadSeconds > 0 ? 'ahead' : 'behind'}`, {
                process: processName(clock, t),
                time: t.duration(Math.abs(clock.aheadSeconds) * SECOND_MS),
              })}
            </p>
          ))}
          <p>{t('system.degraded.clocks-apart.detail')}</p>
        </>
      )
    case 'keys':
      return (
        <>
          {missing.length > 0 && <p>{t('system.degraded.keys.missing', { keys: missing.join(', ') })}</p>}
          {wrong.length > 0 && <p>{t('system.degraded.keys.wrong', { keys: wrong.join(', ') })}</p>}
        </>
      )
    case 'credential-refused':
    case 'credential-expired':
      return t(`system.degraded.${degradation}.detail`, { servers: t.joined(servers.values()) })
    case 'disk-low':
      return t('system.degraded.disk-low.detail', { free: t.space(disk.freeBytes) })
    case 'proxy-unknown':
      return t('system.degraded.proxy-unknown.detail', { proxy })
    default:
      return t(`system.degraded.${degradation}.detail`)
  }
}

function actionOf(degradation: Degradation, servers: Servers, t: T) {
  if (degradation === 'reminders-given-up')
    return <ButtonLink href={REMINDERS_PATH} text={t('system.open.reminders')} />
  const [first, second] = servers.keys()
  if (first === undefined) return undefined
  return second === undefined ? (
    <ButtonLink href={credentialPath(first)} text={t('system.open.credential')} />
  ) : (
    <ButtonLink href={CREDENTIALS_PATH} text={t('system.open.credentials')} />
  )
}
