import type { AssertionFault, EntraFault, NetFault } from '../kernel/faults'
import { Redacted } from '../kernel/redacted'
import { fail, ok, type Result } from '../kernel/result'
import type { HttpReply, IdentityHttp } from '../net'
import { createScrubber } from '../net'
import { unreadFault, uselessReply } from './faults'
import { isObject } from './network'
import { isBearer } from './token-reply'

/** Where the platform tells a program who it is, and how it wants to be asked. */
export type IdentityService =
  /** App Service, Functions, Container Apps: `IDENTITY_ENDPOINT`, and a header that proves the asker is the program itself. */
  | { kind: 'app-service'; header: Redacted }
  /** The Instance Metadata Service of virtual machines. */
  | { kind: 'imds' }

export interface ManagedIdentity {
  http: IdentityHttp
  service: IdentityService
  /** Of a user-assigned identity. */
  clientId: string
}

/** The service says so while it is being updated, or has no time: another try helps (Microsoft, "managed identity retry guidance"). */
const passesByItself = (status: number): boolean => [404, 410, 429].includes(status) || status >= 500

/** A token of the machine's own identity for `audience`; it ends within a day and is used at once. */
export async function askManagedIdentity(
  { http: client, service, clientId }: ManagedIdentity,
  audience: string,
  signal: AbortSignal,
): Promise<Result<Redacted, AssertionFault | NetFault | EntraFault>> {
  const query = {
    'api-version': service.kind === 'imds' ? '2018-02-01' : '2019-08-01',
    resource: audience,
    client_id: clientId,
  }
  const headers: Record<string, string> =
    service.kind === 'imds' ? { Metadata: 'true' } : { 'X-IDENTITY-HEADER': service.header.reveal() }
  const answered = await client.get(query, headers, signal)
  if (!answered.ok) return fail(unreadFault(answered.error))
  const { status, body } = answered.value
  if (status === 200) {
    const token = isObject(body) ? body.access_token : null
    return isBearer(token) ? ok(new Redacted(token)) : fail(uselessReply(answered.value))
  }
  if (passesByItself(status)) return fail(uselessReply(answered.value))
  const scrub = createScrubber(service.kind === 'imds' ? [] : [service.header])
  const evidence = scrub(`the identity endpoint says HTTP ${status}: ${labelsOf(answered.value)}`)
  return fail({ kind: 'assertion', code: 'secret-missing', source: 'managed-identity', evidence })
}

/** Both services have their own spelling of an error. */
function labelsOf({ body }: HttpReply): string {
  const said = isObject(body) ? (body.error_description ?? body.message ?? body.error) : null
  return typeof said === 'string' ? said : ''
}
