import type { AssertionFault, EntraFault, NetFault } from '../kernel/faults'
import { isObject } from '../kernel/is-object'
import { Redacted } from '../kernel/redacted'
import { fail, ok, type Result } from '../kernel/result'
import { createScrubber, type HttpReply, type IdentityHttp } from '../net'
import { unreadFault, uselessReply } from './faults'
import { isBearer } from './token-reply'

/** The platform's service for managed identities. */
export type IdentityService =
  /** App Service, Functions, Container Apps: `IDENTITY_ENDPOINT`, and a header that identifies the program. */
  | { kind: 'app-service'; header: Redacted }
  /** The Instance Metadata Service of virtual machines. */
  | { kind: 'imds' }

export interface ManagedIdentity {
  http: IdentityHttp
  service: IdentityService
  /** Client ID of a user-assigned identity. */
  clientId: string
}

/** The service answers so during an update or under load, and a retry helps (Microsoft, "managed identity retry guidance"). */
const isTemporary = (status: number): boolean => [404, 410, 429].includes(status) || status >= 500

/** Requests a token of the machine's identity for `audience`. It expires within a day and is used at once. */
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
  if (isTemporary(status)) return fail(uselessReply(answered.value))
  const scrub = createScrubber(service.kind === 'imds' ? [] : [service.header])
  const evidence = scrub(`the identity endpoint says HTTP ${status}: ${labelsOf(answered.value)}`)
  return fail({ kind: 'assertion', code: 'secret-missing', source: 'managed-identity', evidence })
}

/** The two services name an error differently. */
function labelsOf({ body }: HttpReply): string {
  const said = isObject(body) ? (body.error_description ?? body.message ?? body.error) : null
  return typeof said === 'string' ? said : ''
}
