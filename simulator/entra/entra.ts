import type { KeyObject } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Faults } from '../faults/faults'
import { readBody, sendJson } from '../web/https'
import { type HttpReceived, type ReceivedLog, sha256 } from '../web/received'
import type { Clock } from '../world/clock'
import { type Application, applicationOf, type Tenant, tenantNamed, type World } from '../world/world'
import type { SeenAssertions } from './client-assertion'
import { type CredentialKind, checkCredential, type Refused } from './entra-credential'
import { configurationJson, instanceJson } from './entra-discovery'
import { type ErrorFacts, entraError } from './entra-errors'
import { answerFault } from './entra-faults'
import type { IssuerKeys } from './federated-assertion'
import type { Tokens } from './tokens'

export interface EntraParts {
  world: () => World
  faults: Faults
  clock: Clock
  tokens: Tokens
  received: ReceivedLog
  /** The origin of this server, once its port is known. */
  origin: () => string
  elsewhere: () => string
  issuerKeys: IssuerKeys
}

const EXCHANGE_AUDIENCES = ['https://outlook.office365.com', 'https://outlook.office.com']
const NO_TENANT = ['common', 'organizations', 'consumers']
const GUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i
const DOMAIN = /^(?=.{4,253}$)([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]{2,}$/i

type Granted = { token: string; expiresIn: number }

/** The token endpoint of login.microsoftonline.com, with the discovery documents around it. */
export class Entra {
  readonly #usedAssertions: SeenAssertions = new Map()

  constructor(private readonly parts: EntraParts) {}

  forget(): void {
    this.#usedAssertions.clear()
  }

  /** Names of the Graph resource: Microsoft's and its address here. */
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
    if (request.method === 'GET' && path === 'discovery/instance')
      return sendJson(response, 200, instanceJson(this.parts.origin(), url))
    if (request.method === 'GET' && path === 'discovery/v2.0/keys') {
      return sendJson(response, 200, this.parts.tokens.keys())
    }
    if (request.method === 'GET' && /^(v2\.0\/)?\.well-known\/openid-configuration$/.test(path)) {
      const refused = this.#tenantProblem(tenant)
      const id = tenantNamed(this.parts.world(), tenant)?.id ?? '{tenantid}'
      if (refused === null) return sendJson(response, 200, configurationJson(this.parts.origin(), tenant, id))
      return this.#refuse(response, { refused }, { tenant, appId: '', scope: '', detail: '' }).done
    }
    response.writeHead(404, { 'content-length': 0 }).end()
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

  /** Checks in Entra's order: tenant, form, application, credential, then the scope. */
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
    const origin = this.parts.origin()
    const endpoints = [tenantName, tenant.id].flatMap((name) =>
      ['/oauth2/v2.0/token', '/oauth2/token'].map((path) => `${origin}/${name}${path}`),
    )
    const [now, usedIds] = [this.parts.clock.now(), this.#usedAssertions]
    const credential = checkCredential({
      form,
      application,
      endpoints,
      now,
      usedIds,
      keys: (issuer) => this.#keyOf(issuer),
    })
    if (typeof credential !== 'string') return credential
    return this.#forResource(tenant, application, form.get('scope') ?? '', credential)
  }

  /** Managed identities get tokens of Entra; other federated credentials have their own issuer. */
  #keyOf(issuer: string): KeyObject | null {
    const ours = this.parts.world().tenants.some(({ id }) => issuer === `${this.parts.origin()}/${id}/v2.0`)
    return ours ? this.parts.tokens.signer.publicKey : this.parts.issuerKeys(issuer)
  }

  #forResource(tenant: Tenant, application: Application, scope: string, credential: CredentialKind): Granted | Refused {
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
