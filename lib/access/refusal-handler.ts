import type { RequestRefusal } from './request-refusal'

/** Writes the audit entry of a rejected post and returns the sentence for the client. */
export type RefusalHandler = (headers: Headers, path: string, why: RequestRefusal) => Promise<string>

const HANDLER = Symbol.for('postroom.refusal-handler')
const global = globalThis as { [HANDLER]?: RefusalHandler }

/**
 * proxy.ts is bundled separately from the pages. If it imported the services, the console would contain a second copy of them. Both run in
 * one process, so the start (instrumentation-node.ts) sets the handler globally.
 */
export function setRefusalHandler(handler: RefusalHandler): void {
  global[HANDLER] = handler
}

export const refusalHandler = (): RefusalHandler | undefined => global[HANDLER]
