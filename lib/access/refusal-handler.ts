import { processWide } from '../kernel/process-wide'
import type { RequestRefusal } from './request-refusal'

/** Writes the audit entry of a rejected post and returns the sentence for the client. */
export type RefusalHandler = (headers: Headers, path: string, why: RequestRefusal) => Promise<string>

/**
 * proxy.ts is bundled separately from the pages. If it imported the services, the console would contain a second copy of them. Both run in
 * one process, so the start (instrumentation-node.ts) sets the handler globally.
 */
export const [refusalHandler, setRefusalHandler] = processWide<RefusalHandler>('refusal-handler')
