import { constants } from 'node:fs'
import { type FileHandle, open } from 'node:fs/promises'
import {
  type AssertionFault,
  type Clock,
  type Cloud,
  type EntraFault,
  fail,
  isObject,
  MINUTE_MS,
  type NetFault,
  ok,
  type Result,
  systemClock,
} from '../kernel'
import { Redacted } from '../kernel/redacted'
import { createScrubber, type HttpReply, type IdentityHttp, scrub } from '../net'
import { claimsIn, instant } from './claims'
import { unreadFault, uselessReply } from './faults'
import { isBearer } from './network'

/** What the deployment gives. It alone decides what the console shows Entra in place of a secret. */
interface ClientAssertionSettings {
  /** Null if the deployment gives no such file. */
  federatedTokenFile: string | null
  /** Null if the deployment has not switched it on. */
  managedIdentity: ManagedIdentity | null
  clock?: Clock
}

export type ClientAssertions = ReturnType<typeof createClientAssertions>

export function createClientAssertions(settings: ClientAssertionSettings) {
  const { federatedTokenFile, managedIdentity, clock = systemClock } = settings
  return {
    /** A token that this cloud's Entra accepts as client assertion. It is read or requested again on each call. */
    async assertion(
      source: AssertionFault['source'],
      cloud: Cloud,
      signal: AbortSignal,
    ): Promise<Result<Redacted, AssertionFault | NetFault | EntraFault>> {
      if (source === 'federated-token' && federatedTokenFile !== null)
        return readFederatedToken(federatedTokenFile, clock)
      if (source === 'managed-identity' && managedIdentity !== null)
        return askManagedIdentity(managedIdentity, cloud.tokenExchangeAudience, signal)
      const variable = source === 'federated-token' ? 'AZURE_FEDERATED_TOKEN_FILE' : 'POSTROOM_MANAGED_IDENTITY'
      return fail({ kind: 'assertion', code: 'secret-missing', source, evidence: `${variable} is not set` })
    },
  }
}

/** Tokens of platforms have one to three kilobytes. */
const FILE_BYTES_MAX = 32 * 1024
/** Entra accepts a token for this time after its expiry, and our clock may be as wrong. */
const LEEWAY_MS = 5 * MINUTE_MS
const JWT = /^[\w-]+\.[\w-]+\.[\w-]+$/

/**
 * Reads the token that the platform writes for this program, e.g. Kubernetes into a projected volume. The platform replaces it long before
 * it expires, so it is read on each call and never cached.
 */
async function readFederatedToken(file: string, clock: Clock): Promise<Result<Redacted, AssertionFault>> {
  const read = await contentOf(file)
  if (!read.ok) return read
  const token = read.value.trim()
  const endsAt = JWT.test(token) ? instant(claimsIn(token)?.exp) : null
  if (!endsAt) return fault('secret-unreadable', `${file} holds no token with an end`)
  if (endsAt.getTime() + LEEWAY_MS < clock.now().getTime())
    return fault('assertion-time-invalid', `the token in ${file} ended at ${endsAt.toISOString()}`)
  return ok(new Redacted(token))
}

const fault = (code: AssertionFault['code'], evidence: string): Result<never, AssertionFault> =>
  fail({ kind: 'assertion', code, source: 'federated-token', evidence: scrub(evidence) })

async function contentOf(file: string): Promise<Result<string, AssertionFault>> {
  let handle: FileHandle | undefined
  try {
    // Without O_NONBLOCK opening a pipe in place of the file would never return.
    handle = await open(file, constants.O_RDONLY | constants.O_NONBLOCK)
    if (!(await handle.stat()).isFile()) return fault('secret-unreadable', `${file} is no file`)
    const buffer = Buffer.alloc(FILE_BYTES_MAX + 1)
    const { bytesRead } = await handle.read(buffer, 0, buffer.length, 0)
    if (bytesRead > FILE_BYTES_MAX) return fault('secret-unreadable', `${file} is larger than any token`)
    if (bytesRead === 0) return fault('secret-missing', `${file} is empty`)
    return ok(buffer.subarray(0, bytesRead).toString('utf8'))
  } catch (thrown) {
    const code = thrown instanceof Error && 'code' in thrown ? String(thrown.code) : null
    if (code === null) throw thrown
    return fault(code === 'ENOENT' ? 'secret-missing' : 'secret-unreadable', `${code} ${file}`)
  } finally {
    await handle?.close()
  }
}

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
async function askManagedIdentity(
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
  const explanation = isObject(body) ? (body.error_description ?? body.message ?? body.error) : null
  return typeof explanation === 'string' ? explanation : ''
}
