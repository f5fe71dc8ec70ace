import { auditEntry } from '../audit'
import { actorName, type Caller } from '../kernel'
import type { OutboxDeps } from './store/store'

/** For a person; a fault pauses by delivery/server-pauses.ts. @returns false if a person has paused the mail server already */
export function pauseServer({ store }: OutboxDeps, caller: Caller, mailServerId: string): Promise<boolean> {
  const by = actorName(caller.actor)
  const note = { by, code: null, version: null, nextProbeAt: null, isOwn: false }
  return store.pause(mailServerId, note, pauseEntry('mail-server.pause', caller, mailServerId))
}

/** @returns false if the mail server is not paused */
export async function resumeServer({ store }: OutboxDeps, caller: Caller, mailServerId: string): Promise<boolean> {
  const isResumed = await store.resume(mailServerId, 'person', pauseEntry('mail-server.resume', caller, mailServerId))
  if (isResumed) await store.wake()
  return isResumed
}

const pauseEntry = (action: 'mail-server.pause' | 'mail-server.resume', caller: Caller, mailServerId: string) =>
  auditEntry(action, caller, `mail-server:${mailServerId}`, { by: 'person' })
