import { processWide } from '../kernel/process-wide'
import type { RequestRefusal } from './request-refusal'

/*
 * proxy.ts is bundled separately from the pages. If it imported the services, the console would contain a second copy of them. Both run in
 * one process, so the start (instrumentation-node.ts) sets globally what proxy.ts needs of them.
 */

/**
 * The path as logs and audit entries may hold it: the address of a calendar is itself a secret, also where the rest of it is misspelt. Nothing
 * else in a path of ours is as long as its 43 characters.
 */
export const pathForLog = (path: string): string =>
  path.replace(/^(\/calendar\/).*/s, '$1…').replaceAll(/[\w-]{40,}/g, '…')

/** Writes the audit entry of a rejected post and returns the sentence for the client. */
export type RefusalHandler = (headers: Headers, path: string, why: RequestRefusal) => Promise<string>
export const [refusalHandler, setRefusalHandler] = processWide<RefusalHandler>('refusal-handler')

/** Logs a failure of proxy.ts, of which Next.js reports none, and adds the number of the log line to the answer. */
type FailureHandler = (
  error: unknown,
  request: { method: string; path: string; headers: Record<string, string> },
) => void
export const [failureHandler, setFailureHandler] = processWide<FailureHandler>('failure-handler')

/** The pages of each action, as patterns of their paths, by the id of the action. */
export type KnownActions = ReadonlyMap<string, readonly RegExp[]>
/** Null if the actions are not known, as during development. */
export const [knownActions, setKnownActions] = processWide<KnownActions | null>('known-actions')

/** `app/(console)/credentials/[id]/page`, as Next.js lists it, answers at `/credentials/` and one more segment. */
export function pathPattern(page: string): RegExp {
  const steps = page.split('/').slice(1, -1)
  const segments = steps.filter((step) => !step.startsWith('('))
  return new RegExp(
    `^/${segments.map((step) => (step.startsWith('[') ? '[^/]+' : step.replaceAll(/[^\w-]/g, '\\$&'))).join('/')}$`,
  )
}
