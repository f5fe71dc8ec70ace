import type { IncomingMessage, ServerResponse } from 'node:http'
import { checkAssertion, type SeenAssertions } from './client-assertion'
import type { Clock } from './clock'
import { type ErrorFacts, entraError } from './entra-errors'
import { answerFault } from './entra-faults'
import type { Faults } from './faults'
import { readBody, sendJson } from './https'
import { type HttpReceived, type ReceivedLog, sha256 } from './received'
import type { Tokens } from './tokens'
import { type Application, applicationOf, type Tenant, tenantNamed, type World } from './world'

export interface EntraParts {
  world: () => World
  faults: Faults
  clock: Clock
  tokens: Tokens
  received: ReceivedLog
  /** Our own origin, once its port is known. */
  origin: () => string
  elsewhere: () => string
}

const EXCHANGE_AUDIENCES = ['https://outlook.office365.com', 'https://outlook.office.com']
const NO_TENANT = ['common', 'organizations', 'consumers']
const GUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i
const DOMAIN = /^(?=.{4,253}$)([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]{2,}$/i
const ASSERTION_TYPE = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer'

type Refused = { refused: number; detail?: string }
type Granted = { token: string; expiresIn: number }

/** The token endpoint of login.microsoftonline.com, with the discovery documents around it. */
export class Entra {
  readonly #seen: SeenAssertions = new Map()

  constructor(private readonly parts: EntraParts) {}

  /** Resources that Graph answers to: Microsoft's own name and the address it has here. */
  graphAudiences(): string[] {
    const origin = this.parts.origin()
    return ['https://graph.microsoft.com', '00000003-0000-0000-c000-000000000000', origin, `${origin}/graph`]
  }

  exchangeAudiences(): readonly string[] {
    return EXCHANGE_AUDIENCES
  }

  async handle(request: IncomingMessage, response: ServerResponse, url: URL): Promise<void> {
    response.setHeader('date', this.parts.clock.now().toUTCString())
    const [, tenant = '', ...rest] = url.pathname.split('/')
    const path = rest.join('/')
    if (path === 'oauth2/v2.0/token' && request.method === 'POST') return this.#token(request, response, tenant)
    if (request.method === 'GET' && path === 'discovery/instance') return sendJson(response, 200, this.#instance(url))
    if (request.method === 'GET' && path === 'discovery/v2.0/keys') {
      return sendJson(response, 200, this.parts.tokens.keys())
    }
    if (request.method === 'GET' && /^(v2\.0\/)?\.well-known\/openid-configuration$/.test(path)) {
      const refused = this.#tenantProblem(tenant)
      if (refused === null) return sendJson(response, 200, this.#configuration(tenant))
      return this.#refuse(response, { refused }, { tenant, appId: '', scope: '', detail: '' }).done
    }
    response.writeHead(404, { 'content-length': 0 }).end()
  }

  #instance(url: URL): unknown {
    const { host } = new URL(this.parts.origin())
    return {
      tenant_discovery_endpoint: `${this.parts.origin()}/common/v2.0/.well-known/openid-configuration`,
      'api-version': url.searchParams.get('api-version') ?? '1.1',
      metadata: [{ preferred_network: host, preferred_cache: host, aliases: [host] }],
    }
  }

  #configuration(tenant: string): unknown {
    const root = `${this.parts.origin()}/${tenant}`
    const id = tenantNamed(this.parts.world(), tenant)?.id ?? '{tenantid}'
    return {
      token_endpoint: `${root}/oauth2/v2.0/token`,
      token_endpoint_auth_methods_supported: ['client_secret_post', 'private_key_jwt'],
      jwks_uri: `${root}/discovery/v2.0/keys`,
      response_types_supported: ['code', 'id_token', 'token'],
      scopes_supported: ['openid', 'profile', 'email', 'offline_access'],
      subject_types_supported: ['pairwise'],
      id_token_signing_alg_values_supported: ['RS256'],
      issuer: `${this.parts.origin()}/${id}/v2.0`,
      authorization_endpoint: `${root}/oauth2/v2.0/authorize`,
      end_session_endpoint: `${root}/oauth2/v2.0/logout`,
      tenant_region_scope: 'EU',
      cloud_instance_name: new URL(this.parts.origin()).host,
    }
  }

  #tenantProblem(name: string): number | null {
    if (NO_TENANT.includes(name.toLowerCase())) return null
    if (!GUID.test(name) && !DOMAIN.test(name)) return 900023
    return tenantNamed(this.parts.world(), name) ? null : 90002
  }

  async #token(request: IncomingMessage, response: ServerResponse, tenantName: string): Promise<void> {
    const { faults, received } = this.parts
    const body = (await readBody(request)) ?? ''
    const form = new URLSearchParams(body)
    const secret = form.get('client_secret') ?? form.get('client_assertion') ?? ''
    const entry: HttpReceived = received.add({
      service: 'entra',
      at: new Date().toISOString(),
      method: request.method ?? '',
      path: new URL(request.url ?? '/', this.parts.origin()).pathname,
      bodyBytes: Buffer.byteLength(body),
      secretBytes: Buffer.byteLength(secret),
      secretSha256: secret === '' ? null : sha256(secret),
      clientId: form.get('client_id'),
      scope: form.get('scope'),
      status: null,
      outcome: null,
    })
    const facts: ErrorFacts = {
      tenant: tenantName,
      appId: form.get('client_id') ?? '',
      scope: (form.get('scope') ?? '').replace(/\/\.default$/, ''),
      detail: '',
    }
    const struck = await answerFault(response, {
      faults,
      entry,
      body,
      elsewhere: this.parts.elsewhere(),
      refuse: (refused, detail, headers) => this.#refuse(response, { refused, detail }, facts, headers).status,
    })
    if (struck) return
    const granted = this.#grant(request, form, tenantName)
    if ('refused' in granted) {
      entry.outcome = `AADSTS${granted.refused}`
      entry.status = this.#refuse(response, granted, facts).status
      return
    }
    entry.outcome = 'token'
    entry.status = 200
    this.#deliver(response, granted)
  }

  #deliver(response: ServerResponse, { token, expiresIn }: Granted): void {
    const { faults } = this.parts
    const lasts = faults.is('entraExpiresIn') ? faults.value('entraExpiresIn') : expiresIn
    const reply = { token_type: 'Bearer', expires_in: lasts, ext_expires_in: lasts, access_token: token }
    const text = JSON.stringify(reply)
    response.writeHead(200, { 'content-type': 'application/json; charset=utf-8', 'cache-control': 'no-store' })
    response.end(faults.is('entraCutJson') ? text.slice(0, text.length / 2) : text)
  }

  #refuse(response: ServerResponse, { refused, detail = '' }: Refused, facts: ErrorFacts, headers = {}) {
    const { status, body } = entraError(refused, { ...facts, detail }, this.parts.clock.now())
    sendJson(response, status, body, { 'x-ms-request-id': body.trace_id, ...headers })
    return { status, done: undefined }
  }

  /** In Entra's order: tenant, form, application, credential, then what was asked for. */
  #grant(request: IncomingMessage, form: URLSearchParams, tenantName: string): Granted | Refused {
    if (!/^application\/x-www-form-urlencoded\b/i.test(request.headers['content-type'] ?? '')) {
      return { refused: 900144, detail: 'grant_type' }
    }
    const problem = this.#tenantProblem(tenantName)
    if (problem !== null) return { refused: problem }
    const twice = [...new Set(form.keys())].find((name) => form.getAll(name).length > 1)
    if (twice !== undefined) return { refused: 9002313, detail: `The parameter '${twice}' came twice.` }
    for (const name of ['grant_type', 'client_id', 'scope']) {
      if ((form.get(name) ?? '') === '') {
        return form.has('resource') && name === 'scope' ? { refused: 901002 } : { refused: 900144, detail: name }
      }
    }
    const grantType = form.get('grant_type') ?? ''
    if (grantType !== 'client_credentials') return { refused: 70003, detail: grantType }
    const tenant = tenantNamed(this.parts.world(), tenantName)
    if (!tenant) return { refused: tenantName.toLowerCase() === 'organizations' ? 50059 : 9001023 }
    const application = applicationOf(tenant, form.get('client_id') ?? '')
    if (!application) return { refused: 700016 }
    const credential = this.#credential(form, application, tenantName, tenant)
    if (typeof credential !== 'string') return credential
    return this.#forResource(tenant, application, form.get('scope') ?? '', credential)
  }

  #credential(
    form: URLSearchParams,
    application: Application,
    tenantName: string,
    tenant: Tenant,
  ): '1' | '2' | Refused {
    const now = this.parts.clock.now()
    const secret = form.get('client_secret') ?? ''
    const assertion = form.get('client_assertion') ?? ''
    if (secret === '' && assertion === '') return { refused: 7000218 }
    if (application.publicClient) return { refused: 700025 }
    if (assertion === '') {
      const match = application.secrets.find(({ value }) => value === secret)
      if (!match) return { refused: 7000215 }
      return match.expiresAt <= now || match.startsAt > now ? { refused: 7000222 } : '1'
    }
    if (form.get('client_assertion_type') !== ASSERTION_TYPE)
      return { refused: 900144, detail: 'client_assertion_type' }
    const endpoints = [tenantName, tenant.id].flatMap((name) =>
      ['/oauth2/v2.0/token', '/oauth2/token', '/v2.0', '/'].map((path) => `${this.parts.origin()}/${name}${path}`),
    )
    const verdict = checkAssertion({ assertion, application, audiences: endpoints, now, seen: this.#seen })
    return verdict.ok ? '2' : { refused: verdict.number, detail: verdict.detail }
  }

  #forResource(tenant: Tenant, application: Application, scope: string, credential: '1' | '2'): Granted | Refused {
    if (scope.includes(' ')) return { refused: 70011 }
    if (!scope.endsWith('/.default')) return { refused: 1002012 }
    const resource = scope.slice(0, -'/.default'.length)
    if (!application.enabled) return { refused: 7000112 }
    const principal = application.servicePrincipal
    if (!principal) return { refused: 7000229 }
    const forGraph = this.graphAudiences().includes(resource)
    const forExchange = EXCHANGE_AUDIENCES.includes(resource) && tenant.exchange
    if (!forGraph && !forExchange) return { refused: 500011 }
    if (tenant.conditionalAccessBlocks) return { refused: 53003 }
    const roles = forGraph ? principal.graphRoles : principal.exchangeRoles
    return this.parts.tokens.issue({ tenant, application, resource, roles, credential })
  }
}
