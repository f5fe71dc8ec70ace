import { randomBytes, timingSafeEqual } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { setTimeout as after } from 'node:timers/promises'
import type { Faults } from '../faults/faults'
import { sendJson } from '../web/https'
import type { ReceivedLog } from '../web/received'
import type { Clock } from '../world/clock'
import type { World } from '../world/world'
import type { Tokens } from './tokens'

interface IdentityParts {
  world: () => World
  faults: Faults
  clock: Clock
  tokens: Tokens
  received: ReceivedLog
  /** Origin of Entra, which issues the tokens of managed identities. */
  origin: () => string
}

export const APP_SERVICE_PATH = '/msi/token'
export const IMDS_PATH = '/metadata/identity/oauth2/token'
const APP_SERVICE_VERSION = '2019-08-01'
const RESOURCES = ['api://AzureADTokenExchange', 'api://AzureADTokenExchange/.default']

interface Refused {
  status: number
  body: unknown
}

/** The two endpoints of Azure that give a program its managed identity: App Service and virtual machine. */
export class ManagedIdentity {
  /** Value of `X-IDENTITY-HEADER`, which App Service requires from the program. */
  readonly header = randomBytes(16).toString('hex').toUpperCase()

  constructor(private readonly parts: IdentityParts) {}

  static owns(path: string): boolean {
    return path === APP_SERVICE_PATH || path === IMDS_PATH
  }

  async handle(request: IncomingMessage, response: ServerResponse, url: URL): Promise<void> {
    const { faults, received } = this.parts
    const entry = received.add({
      service: 'identity' as const,
      at: new Date().toISOString(),
      method: request.method ?? '',
      path: url.pathname,
      bodyBytes: 0,
      secretBytes: String(request.headers['x-identity-header'] ?? '').length,
      secretSha256: null,
      clientId: url.searchParams.get('client_id'),
      scope: url.searchParams.get('resource'),
      status: null as number | null,
      outcome: null as string | null,
    })
    if (faults.is('identitySilent')) return
    const delay = faults.number('identityDelay')
    if (delay !== null) await after(delay)
    const status = faults.number('identityStatus')
    const appService = url.pathname === APP_SERVICE_PATH
    const answer =
      status === null
        ? this.#answer(request, url, appService)
        : this.#no(appService, status, 'The identity endpoint cannot answer now.')
    entry.status = answer.status
    entry.outcome = answer.status === 200 ? 'token' : 'refused'
    sendJson(response, answer.status, answer.body)
  }

  #no(appService: boolean, status: number, message: string, error = 'invalid_request'): Refused {
    return { status, body: appService ? { statusCode: status, message } : { error, error_description: message } }
  }

  #answer(request: IncomingMessage, url: URL, appService: boolean): Refused {
    const no = (status: number, message: string, error?: string) => this.#no(appService, status, message, error)
    if (request.method !== 'GET') return no(405, 'Send GET.')
    if (appService && !this.#isHeader(request.headers['x-identity-header']))
      return no(401, 'X-IDENTITY-HEADER does not fit.')
    if (!appService && request.headers.metadata !== 'true')
      return no(400, "Required metadata header not specified: send 'Metadata: true'.")
    const version = url.searchParams.get('api-version') ?? ''
    const known = appService ? version === APP_SERVICE_VERSION : /^20\d\d-\d\d-\d\d$/.test(version)
    if (!known) return no(400, `The api-version '${version}' is not supported.`)
    const resource = url.searchParams.get('resource') ?? ''
    const tenant = this.parts.world().tenants.find(({ managedIdentity }) => managedIdentity !== null)
    const identity = tenant?.managedIdentity
    const clientId = url.searchParams.get('client_id') ?? identity?.clientId
    if (!tenant || !identity || clientId !== identity.clientId) return no(400, 'Identity not found')
    if (!RESOURCES.includes(resource))
      return no(400, `The resource '${resource}' was not found in the tenant.`, 'invalid_resource')
    const issuer = `${this.parts.origin()}/${tenant.id}/v2.0`
    const { token, notBefore, expires } = this.parts.tokens.issueIdentity({
      tenant,
      issuer,
      audience: RESOURCES[0] ?? '',
      ...identity,
    })
    const now = Math.floor(this.parts.clock.now().getTime() / 1000)
    const common = {
      access_token: token,
      client_id: identity.clientId,
      expires_on: String(expires),
      resource,
      token_type: 'Bearer',
    }
    return {
      status: 200,
      body: appService
        ? common
        : {
            ...common,
            expires_in: String(expires - now),
            ext_expires_in: String(expires - now),
            not_before: String(notBefore),
          },
    }
  }

  #isHeader(value: unknown): boolean {
    const [sent, right] = [Buffer.from(String(value)), Buffer.from(this.header)]
    return sent.length === right.length && timingSafeEqual(sent, right)
  }
}
