import { auditEntry } from '../audit/entry'
import { actorName, type Caller } from '../kernel/actor'
import type { OutboxDeps } from './deps'

/** Pauses delivery through a mail server; false if a person has paused it already. */
export function pauseServer({ store }: OutboxDeps, caller: Caller, mailServerId: string): Promise<boolean> {
  const by = actorName(caller.actor)
  const note = { by, code: null, evidence: null, version: null, nextProbeAt: null, isOwn: false }
  return store.pause(mailServerId, note, pauseEntry('mail-server.pause', caller, mailServerId))
}

/** Resumes delivery through a mail server; false if it is not paused. */
export async function resumeServer({ store }: OutboxDeps, caller: Caller, mailServerId: string): Promise<boolean> {
  const isResumed = await store.resume(mailServerId, 'person', pauseEntry('mail-server.resume', caller, mailServerId))
  if (isResumed) await store.wake()
  return isResumed
}

const pauseEntry = (action: 'mail-server.pause' | 'mail-server.resume', caller: Caller, mailServerId: string) =>
  auditEntry(action, caller, `mail-server:${mailServerId}`, { by: 'person' })
