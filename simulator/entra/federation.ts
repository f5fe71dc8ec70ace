import { createHash, generateKeyPairSync, type KeyObject, randomUUID, sign } from 'node:crypto'
import { mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import type { ServerResponse } from 'node:http'
import path from 'node:path'
import { sendJson } from '../web/https'
import { text } from '../world/change'
import type { Clock } from '../world/clock'

const AUDIENCE = 'api://AzureADTokenExchange'
const SUBJECT = 'system:serviceaccount:postroom:postroom'
const LIFE_S = 3600
/** Share of its lifetime after which Kubernetes replaces a projected token. */
const REWRITE_AFTER = 0.8

export const BROKEN = ['missing', 'empty', 'garbage', 'foreign-key'] as const
type Broken = (typeof BROKEN)[number]

interface Wanted {
  issuer: string
  subject: string
  audience: string
  lifetimeSeconds: number
  broken: Broken | null
}

interface FederationParts {
  clock: Clock
  dataDir: string
  signer: { publicKey: KeyObject; privateKey: KeyObject }
  /** Its address, once the port is known. */
  issuer: () => string
}

const encode = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url')

/** An identity provider like that of a Kubernetes cluster, and the file that it writes its tokens to. */
export class Federation {
  readonly tokenFile: string
  #foreign: KeyObject | null = null
  #wanted: Partial<Wanted> = {}
  #timer: NodeJS.Timeout | null = null

  constructor(private readonly parts: FederationParts) {
    this.tokenFile = path.resolve(parts.dataDir, 'federated-token')
  }

  facts(): { issuer: string; subject: string; audience: string; tokenFile: string } {
    return { issuer: this.parts.issuer(), subject: SUBJECT, audience: AUDIENCE, tokenFile: this.tokenFile }
  }

  /** The signing key, or null for any other issuer. */
  keyOf(issuer: string): KeyObject | null {
    return issuer === this.parts.issuer() ? this.parts.signer.publicKey : null
  }

  /** OIDC discovery and its key set. */
  async handle(response: ServerResponse, url: URL): Promise<void> {
    const issuer = this.parts.issuer()
    const below = url.pathname.replace(/^\/federation/, '')
    if (below === '/.well-known/openid-configuration') {
      return sendJson(response, 200, {
        issuer,
        jwks_uri: `${issuer}/keys`,
        response_types_supported: ['id_token'],
        subject_types_supported: ['public'],
        id_token_signing_alg_values_supported: ['RS256'],
      })
    }
    if (below !== '/keys') return sendJson(response, 404, { error: 'There is no such page.' })
    const key = { ...this.parts.signer.publicKey.export({ format: 'jwk' }), use: 'sig', alg: 'RS256', kid: this.#kid() }
    sendJson(response, 200, { keys: [key] })
  }

  /** Issues the token that the control page or a test wants. Returns the problem, or the token and its expiry. */
  order(parameters: Record<string, unknown>): { problem: string } | { token: string; expiresAt: string } {
    const broken = text(parameters, 'broken')
    const kind = BROKEN.find((known) => known === broken) ?? null
    if (broken !== null && kind === null) return { problem: `“broken” is one of ${BROKEN.join(', ')}.` }
    const lifetime = Number(parameters.lifetimeSeconds)
    this.#wanted = {
      ...Object.fromEntries(
        ['issuer', 'subject', 'audience'].flatMap((name) =>
          text(parameters, name) === null ? [] : [[name, parameters[name]]],
        ),
      ),
      ...(parameters.lifetimeSeconds !== undefined && Number.isFinite(lifetime) ? { lifetimeSeconds: lifetime } : {}),
      broken: kind,
    }
    return this.write()
  }

  /** Replaces the file atomically, and again before the token expires. */
  write(): { token: string; expiresAt: string } {
    const { issuer, subject, audience } = this.facts()
    const wanted: Wanted = { issuer, subject, audience, lifetimeSeconds: LIFE_S, broken: null, ...this.#wanted }
    const token = this.#mint(wanted)
    mkdirSync(path.dirname(this.tokenFile), { recursive: true })
    if (wanted.broken === 'missing') rmSync(this.tokenFile, { force: true })
    else {
      writeFileSync(`${this.tokenFile}.new`, this.#content(wanted.broken, token), { mode: 0o600 })
      renameSync(`${this.tokenFile}.new`, this.tokenFile)
    }
    this.stop()
    if (wanted.lifetimeSeconds > 0) {
      this.#timer = setTimeout(() => this.write(), wanted.lifetimeSeconds * 1000 * REWRITE_AFTER).unref()
    }
    const expiresAt = new Date(this.parts.clock.now().getTime() + wanted.lifetimeSeconds * 1000).toISOString()
    return { token, expiresAt }
  }

  reset(): void {
    this.#wanted = {}
    this.write()
  }

  stop(): void {
    if (this.#timer) clearTimeout(this.#timer)
    this.#timer = null
  }

  #content(broken: Broken | null, token: string): string {
    if (broken === 'empty') return ''
    return broken === 'garbage' ? 'not a token\n' : token
  }

  #mint({ issuer, subject, audience, lifetimeSeconds, broken }: Wanted): string {
    const now = Math.floor(this.parts.clock.now().getTime() / 1000)
    // A token that has expired was issued before that.
    const from = Math.min(now, now + lifetimeSeconds - 1)
    const claims = {
      iss: issuer,
      sub: subject,
      aud: [audience],
      iat: from,
      nbf: from,
      exp: now + lifetimeSeconds,
      jti: randomUUID(),
    }
    const signed = `${encode({ alg: 'RS256', kid: this.#kid(), typ: 'JWT' })}.${encode(claims)}`
    const key = broken === 'foreign-key' ? this.#foreignKey() : this.parts.signer.privateKey
    return `${signed}.${sign('sha256', Buffer.from(signed), key).toString('base64url')}`
  }

  #foreignKey(): KeyObject {
    this.#foreign ??= generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey
    return this.#foreign
  }

  #kid(): string {
    return createHash('sha256')
      .update(this.parts.signer.publicKey.export({ type: 'spki', format: 'der' }))
      .digest('base64url')
      .slice(0, 27)
  }
}
