import { randomUUID, X509Certificate } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Clock } from './clock'
import type { Faults } from './faults'
import { sendJson } from './https'
import { type HttpReceived, type ReceivedLog, sha256 } from './received'
import type { Tokens } from './tokens'
import { type Application, applicationOf, thumbprintOf, type World } from './world'

interface GraphParts {
  world: () => World
  faults: Faults
  clock: Clock
  tokens: Tokens
  received: ReceivedLog
  audiences: () => readonly string[]
}

/** Roles that may read an application. */
const READERS = ['Application.Read.All', 'Application.ReadWrite.All', 'Application.ReadWrite.OwnedBy']
const BY_APP_ID = /^\/graph\/v1\.0\/applications\(appId='([^']+)'\)$/i
const BY_OBJECT_ID = /^\/graph\/v1\.0\/applications\/([0-9a-f-]{36})$/i

/** The one corner of Microsoft Graph that tells when an application's credentials end. */
export class Graph {
  constructor(private readonly parts: GraphParts) {}

  async handle(request: IncomingMessage, response: ServerResponse, url: URL): Promise<void> {
    const { faults, received, clock } = this.parts
    response.setHeader('date', clock.now().toUTCString())
    const bearer = /^Bearer (.+)$/i.exec(request.headers.authorization ?? '')?.[1] ?? ''
    const entry = received.add<HttpReceived>({
      service: 'graph',
      at: new Date().toISOString(),
      method: request.method ?? '',
      path: url.pathname,
      bodyBytes: 0,
      secretBytes: bearer.length,
      secretSha256: bearer === '' ? null : sha256(bearer),
      clientId: null,
      scope: null,
      status: null,
      outcome: null,
    })
    if (faults.is('graphSilent')) return
    const wanted = faults.number('graphStatus')
    const { status, body } = wanted === null ? this.#answer(request, url, bearer) : fault(wanted, clock)
    entry.status = status
    sendJson(response, status, body, { 'request-id': randomUUID() })
  }

  #answer(request: IncomingMessage, url: URL, bearer: string): { status: number; body: unknown } {
    const { clock, tokens, world, audiences } = this.parts
    if (bearer === '') return refusal(401, 'InvalidAuthenticationToken', 'Access token is empty.', clock)
    const claims = tokens.read(bearer)
    if (!claims || !audiences().includes(String(claims.aud))) {
      return refusal(401, 'InvalidAuthenticationToken', 'Access token validation failure. Invalid audience.', clock)
    }
    const roles = Array.isArray(claims.roles) ? claims.roles : []
    if (!READERS.some((role) => roles.includes(role))) {
      return refusal(403, 'Authorization_RequestDenied', 'Insufficient privileges to complete the operation.', clock)
    }
    const path = decodeURIComponent(url.pathname)
    const [appId, objectId] = [BY_APP_ID.exec(path)?.[1], BY_OBJECT_ID.exec(path)?.[1]]
    if (request.method !== 'GET' || (appId === undefined && objectId === undefined)) {
      return refusal(400, 'BadRequest', `Resource not found for the segment '${path.split('/')[3] ?? ''}'.`, clock)
    }
    const tenant = world().tenants.find(({ id }) => id === claims.tid)
    const found =
      tenant &&
      (appId === undefined ? tenant.applications.find((a) => a.objectId === objectId) : applicationOf(tenant, appId))
    if (!found) {
      return refusal(
        404,
        'Request_ResourceNotFound',
        `Resource '${appId ?? objectId}' does not exist or one of its queried reference-property objects are not present.`,
        clock,
      )
    }
    return { status: 200, body: selected(applicationJson(found), url.searchParams.get('$select')) }
  }
}

function refusal(status: number, code: string, message: string, clock: Clock) {
  const innerError = {
    date: clock
      .now()
      .toISOString()
      .replace(/\.\d+Z$/, ''),
    'request-id': randomUUID(),
    'client-request-id': randomUUID(),
  }
  return { status, body: { error: { code, message, innerError } } }
}

const fault = (status: number, clock: Clock) =>
  refusal(status, status === 429 ? 'TooManyRequests' : 'serviceNotAvailable', 'The service cannot answer now.', clock)

function selected(body: Record<string, unknown>, select: string | null): Record<string, unknown> {
  if (select === null) return body
  const names = ['@odata.context', ...select.split(',').map((name) => name.trim())]
  return Object.fromEntries(Object.entries(body).filter(([name]) => names.includes(name)))
}

function applicationJson(application: Application): Record<string, unknown> {
  return {
    '@odata.context': 'https://graph.microsoft.com/v1.0/$metadata#applications/$entity',
    id: application.objectId,
    appId: application.appId,
    displayName: application.displayName,
    signInAudience: 'AzureADMyOrg',
    passwordCredentials: application.secrets.map((secret) => ({
      customKeyIdentifier: null,
      displayName: secret.displayName,
      endDateTime: secret.expiresAt.toISOString(),
      hint: secret.value.slice(0, 3),
      keyId: secret.keyId,
      secretText: null,
      startDateTime: secret.startsAt.toISOString(),
    })),
    keyCredentials: application.certificates.map((certificate) => ({
      customKeyIdentifier: Buffer.from(thumbprintOf(certificate), 'base64url').toString('hex').toUpperCase(),
      displayName: certificate.displayName,
      endDateTime: validity(certificate.pem).to,
      key: null,
      keyId: certificate.keyId,
      startDateTime: validity(certificate.pem).from,
      type: 'AsymmetricX509Cert',
      usage: 'Verify',
    })),
  }
}

function validity(pem: string): { from: string; to: string } {
  const { validFrom, validTo } = new X509Certificate(pem)
  return { from: new Date(validFrom).toISOString(), to: new Date(validTo).toISOString() }
}
