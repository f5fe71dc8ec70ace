import { createHash, generateKeyPairSync, type KeyObject, randomBytes, randomUUID, sign, verify } from 'node:crypto'
import type { Faults } from '../faults/faults'
import type { Clock } from '../world/clock'
import type { Application, Tenant } from '../world/world'

export type Claims = Record<string, unknown>

interface Issue {
  tenant: Tenant
  application: Application
  /** The `aud`: the scope without `/.default`. */
  resource: string
  roles: string[]
  /** 1: a secret, 2: a certificate. */
  credential: '1' | '2'
}

/** Lifetime of a managed identity's token. */
const IDENTITY_LIFE_S = 24 * 60 * 60 - 300

const encode = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url')

const makeKeys = () => generateKeyPairSync('rsa', { modulusLength: 2048 })
/** Those of all simulators of a process, since a pair takes an eighth of a second of processor time. */
let keys: ReturnType<typeof makeKeys> | undefined

/** Signs access tokens as Entra does (v1 form, RS256) and checks them as Exchange and Graph do. */
export class Tokens {
  readonly #publicKey: KeyObject
  readonly #privateKey: KeyObject
  readonly #kid: string
  /** Claims of opaque tokens, which cannot be read from the token. */
  readonly #opaque = new Map<string, Claims>()

  constructor(
    private readonly clock: Clock,
    private readonly faults: Faults,
  ) {
    keys ??= makeKeys()
    const { publicKey, privateKey } = keys
    this.#publicKey = publicKey
    this.#privateKey = privateKey
    this.#kid = createHash('sha1')
      .update(publicKey.export({ type: 'spki', format: 'der' }))
      .digest('base64url')
  }

  /** The JSON Web Key Set of `/{tenant}/discovery/v2.0/keys`. */
  keys(): unknown {
    return { keys: [{ ...this.#publicKey.export({ format: 'jwk' }), use: 'sig', kid: this.#kid, x5t: this.#kid }] }
  }

  /** `expiresIn` is in seconds; Entra spreads it between 60 and 90 minutes. */
  issue({ tenant, application, resource, roles, credential }: Issue): { token: string; expiresIn: number } {
    const { faults } = this
    const now = Math.floor(this.clock.now().getTime() / 1000)
    const expiresIn = faults.number('tokenExpires') ?? 3600 + (randomBytes(2).readUInt16BE() % 1800)
    const principal = application.servicePrincipal?.objectId
    const scope = faults.text('tokenScope')
    const wantedRoles = faults.value('tokenRoles') ?? (roles.length > 0 ? roles : undefined)
    const claims: Claims = {
      aud: faults.text('tokenAudience') ?? resource,
      iss: `https://sts.windows.net/${tenant.id}/`,
      iat: now - 300,
      nbf: now + (faults.number('tokenNotBefore') ?? -300),
      exp: now + expiresIn,
      aio: randomBytes(24).toString('base64'),
      app_displayname: application.displayName,
      appid: application.appId,
      appidacr: credential,
      idp: `https://sts.windows.net/${tenant.id}/`,
      idtyp: scope === null ? 'app' : 'user',
      oid: principal,
      rh: `1.${randomBytes(24).toString('base64url')}.`,
      ...(scope === null ? { roles: wantedRoles } : { scp: scope }),
      sid: randomUUID(),
      sub: principal,
      tid: faults.text('tokenTenant') ?? tenant.id,
      uti: randomBytes(16).toString('base64url'),
      ver: '1.0',
      wids: ['0997a1d0-0d1d-4acb-b408-d5ca73121e90'],
    }
    const padding = faults.number('tokenPadding')
    if (padding !== null) claims.xms_padding = 'x'.repeat(Math.max(0, padding))
    return { token: this.#spell(claims), expiresIn }
  }

  /** The token of a managed identity, used by federated credentials. Times are seconds since 1970. */
  issueIdentity(identity: { tenant: Tenant; issuer: string; audience: string; clientId: string; principalId: string }) {
    const now = Math.floor(this.clock.now().getTime() / 1000)
    const [notBefore, expires] = [now - 300, now + IDENTITY_LIFE_S]
    const { tenant, issuer, audience, clientId, principalId } = identity
    const claims = {
      aud: audience,
      iss: issuer,
      iat: notBefore,
      nbf: notBefore,
      exp: expires,
      appid: clientId,
      idtyp: 'app',
      oid: principalId,
      sub: principalId,
      tid: tenant.id,
      ver: '2.0',
    }
    return { token: this.#spell(claims), notBefore, expires }
  }

  /** Signs every token, also those of the federated issuer, because a second key would slow each start by a second. */
  get signer(): { publicKey: KeyObject; privateKey: KeyObject } {
    return { publicKey: this.#publicKey, privateKey: this.#privateKey }
  }

  #spell(claims: Claims): string {
    if (this.faults.is('tokenOpaque')) {
      const token = `EwB${randomBytes(900).toString('base64url')}`
      this.#opaque.set(token, claims)
      return token
    }
    const head = encode({ typ: 'JWT', alg: 'RS256', x5t: this.#kid, kid: this.#kid })
    const signed = `${head}.${encode(claims)}`
    const token = `${signed}.${sign('sha256', Buffer.from(signed), this.#privateKey).toString('base64url')}`
    return this.faults.is('tokenCrLf') ? `${token.slice(0, 40)}\r\nRSET\r\n${token.slice(40)}` : token
  }

  /** The claims of a valid token of this server, or null. */
  read(token: string): Claims | null {
    const claims = this.#opaque.get(token) ?? this.#verified(token)
    if (!claims) return null
    const now = this.clock.now().getTime() / 1000
    return typeof claims.exp === 'number' && claims.exp > now && typeof claims.nbf === 'number' && claims.nbf <= now
      ? claims
      : null
  }

  #verified(token: string): Claims | null {
    const [head = '', body = '', signature = ''] = token.split('.')
    try {
      const good = verify(
        'sha256',
        Buffer.from(`${head}.${body}`),
        this.#publicKey,
        Buffer.from(signature, 'base64url'),
      )
      return good ? (JSON.parse(Buffer.from(body, 'base64url').toString()) as Claims) : null
    } catch {
      return null
    }
  }
}
