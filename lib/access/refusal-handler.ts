import type { RequestRefusal } from './request-proof'

/** Writes the audit row of a refused post and gives the sentence for whoever sent it. */
export type RefusalHandler = (headers: Headers, path: string, why: RequestRefusal) => Promise<string>

const HANDLER = Symbol.for('postroom.refusal-handler')
const global = globalThis as { [HANDLER]?: RefusalHandler }

/**
 * proxy.ts is bundled apart from the pages; were it to import the wiring, the console would hold a second copy of it. They
 * share one process, so the start (instrumentation-node.ts) leaves the keeper where the proxy finds it.
 */
export function setRefusalHandler(handler: RefusalHandler): void {
  global[HANDLER] = handler
}

export const refusalHandler = (): RefusalHandler | undefined => global[HANDLER]
