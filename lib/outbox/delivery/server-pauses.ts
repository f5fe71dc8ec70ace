import { auditEntry } from '../../audit'
import { type Diagnosis, isDiagnosisCode } from '../../diagnosis'
import { SYSTEM_CALLER } from '../../kernel'
import { RETRY_OF, type Retry } from '../../kernel/diagnosis-code'
import type { DeliveryQueue } from '../message'
import type { DueQueue } from '../store/due-queues'
import type { DeliveryDeps } from './deps'
import { isChangePropagating, probePauseMs } from './retry-plan'

type PauseDeps = Pick<DeliveryDeps, 'store' | 'clock' | 'log'>

/** Pauses a mail server until a person fixes it, a probe succeeds, or its failover server is no longer needed. */
export async function pauseByDiagnosis(
  { store, clock, log }: PauseDeps,
  queue: DueQueue,
  { code, retry }: Diagnosis,
  { version, isServerFault }: { version: number; isServerFault: boolean },
): Promise<void> {
  const { mailServerId } = queue
  const isPropagating = isChangePropagating(await store.changedAt(mailServerId), clock.now())
  const nextProbeAt = nextProbe(queue, retry, { isPropagating, now: clock.now() })
  const note = { by: 'diagnosis', code, version, nextProbeAt, isOwn: isServerFault }
  const isNew = await store.pause(mailServerId, note, pauseEntry('mail-server.pause', mailServerId, code))
  if (isNew) log.error('delivery paused', { code, subject: `mail-server:${mailServerId}` })
}

export const resumeAfterProbe = ({ store }: PauseDeps, { mailServerId }: DeliveryQueue): Promise<boolean> =>
  store.resume(mailServerId, 'diagnosis', pauseEntry('mail-server.resume', mailServerId, null))

/** Takes the probe of a paused mail server if it is due. Only one of all workers gets it. */
export async function takeProbe({ store, clock }: PauseDeps, queue: DueQueue): Promise<boolean> {
  const code = queue.paused?.code ?? ''
  const retry = isDiagnosisCode(code) ? RETRY_OF[code] : 'no'
  const nextProbeAt = nextProbe(queue, retry, { isPropagating: false, now: clock.now() })
  return store.takeProbe(queue.mailServerId, nextProbeAt)
}

/** A person's pause is never probed. A change of the settings makes the probe due at once. */
export const isProbeDue = ({ paused, version }: DueQueue, now: Date): boolean =>
  paused?.by === 'diagnosis' && (paused.nextProbeAt === null || paused.nextProbeAt <= now || paused.version !== version)

function nextProbe({ paused }: DueQueue, retry: Retry, { isPropagating, now }: { isPropagating: boolean; now: Date }) {
  const pausedForMs = paused ? now.getTime() - paused.at.getTime() : 0
  return new Date(now.getTime() + probePauseMs(retry, { isPropagating, pausedForMs }))
}

const pauseEntry = (action: 'mail-server.pause' | 'mail-server.resume', mailServerId: string, code: string | null) =>
  auditEntry(action, SYSTEM_CALLER, `mail-server:${mailServerId}`, { by: 'diagnosis', code })
