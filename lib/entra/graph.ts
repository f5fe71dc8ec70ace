import { createHash, sign, X509Certificate } from 'node:crypto'
import { type Clock, fail, isObject, ok, type Result, systemClock } from '../kernel'
import { Redacted } from '../kernel/redacted'
import { createHttps, type Dialer } from '../net'
import { readClaims } from './claims'
import type { Directory, DirectoryFault, DirectoryRequest, KeyProof, TokenCache, TokenSource } from './contracts'
import { type CallGraph, createCallGraph, graphToken, graphUrl, useless } from './graph-call'
import { readApplication, readCredential, readPolicy } from './graph-read'

const SELECTED = '$select=id,appId,displayName,passwordCredentials,keyCredentials'
/**
 * Applications in one answer. With `keyCredentials` selected Graph allows 150 calls a minute, which is enough to read 20,000 applications
 * without waiting. A page has well under a megabyte.
 */
const PAGE_SIZE = 200
/** Links of Graph have a few hundred characters. */
const LINK_CHARACTERS_MAX = 8192

const OWNED = 'Application.ReadWrite.OwnedBy'
const WRITES_ALL = 'Application.ReadWrite.All'
const READS = ['Application.Read.All', OWNED]
/** `.All` is not named, because it may change every application of the tenant. */
const WRITES = [`${OWNED} with the application among its own owners`]
const PROOF = ['a proof by a certificate that the application has now']
const READS_POLICY = ['Policy.Read.All']

export interface GraphParts {
  dialer: Dialer
  tokens: TokenSource
  tokenCache: TokenCache
  clock?: Clock
}

/** The part of Microsoft Graph that manages the credentials of the application. */
export function createDirectory({ dialer, tokens, tokenCache, clock = systemClock }: GraphParts): Directory {
  const call = createCallGraph({ client: createHttps(dialer), tokenCache })
  return {
    /** Uses a new token, because an older one does not contain roles that were granted a minute ago. */
    async rights(request, signal) {
      const token = await tokens.fresh(graphToken(request), signal)
      if (!token.ok) return fail({ kind: 'token', fault: token.error })
      const roles = readClaims(token.value)?.roles ?? []
      const write = roles.includes(OWNED) || roles.includes(WRITES_ALL)
      return ok({ read: write || roles.includes('Application.Read.All'), write, roles })
    },

    async application(request, signal) {
      const path = `${self(request)}?${SELECTED}`
      const replied = await call(request, { method: 'GET', path, needs: READS }, signal)
      if (!replied.ok) return replied
      const application = readApplication(replied.value.body)
      if (!application) return fail(useless('the answer is no application'))
      // A proxy may answer wrongly, and the credentials of another application say nothing about ours.
      const isOwn = application.appId === request.clientId.toLowerCase()
      return isOwn ? ok(application) : fail(useless('the answer is another application'))
    },

    async page(request, nextLink, signal) {
      const path = nextLink === null ? firstPage(request) : pageAt(request, nextLink)
      if (path === null) return fail(useless('the link to the next page leads elsewhere'))
      const replied = await call(request, { method: 'GET', path, needs: READS }, signal)
      return replied.ok ? readPage(request, replied.value.body) : replied
    },

    async addPassword(request, { displayName, endsAt }, signal) {
      const body = { passwordCredential: { displayName, endDateTime: endsAt.toISOString() } }
      const replied = await post(call, request, 'addPassword', body, WRITES, signal)
      if (!replied.ok) return replied
      const credential = readCredential(replied.value, 'secret')
      const secret = isObject(replied.value) ? replied.value.secretText : null
      if (!credential || typeof secret !== 'string' || secret === '')
        return fail(useless('the answer to addPassword has no secret'))
      return ok({ secret: new Redacted(secret), credential })
    },

    removePassword: async (request, keyId, signal) =>
      withoutAnswer(await post(call, request, 'removePassword', { keyId }, WRITES, signal)),

    async addKey(request, { certificate, displayName, proof }, signal) {
      const key = new X509Certificate(certificate).raw.toString('base64')
      const keyCredential = { type: 'AsymmetricX509Cert', usage: 'Verify', key, displayName }
      const body = { keyCredential, passwordCredential: null, proof: keyProof(proof, clock.now()) }
      const replied = await post(call, request, 'addKey', body, PROOF, signal)
      if (!replied.ok) return replied
      const credential = readCredential(replied.value, 'certificate')
      return credential ? ok(credential) : fail(useless('the answer to addKey is no certificate'))
    },

    async removeKey(request, { keyId, proof }, signal) {
      const body = { keyId, proof: keyProof(proof, clock.now()) }
      return withoutAnswer(await post(call, request, 'removeKey', body, PROOF, signal))
    },

    async policy(request, signal) {
      const path = '/policies/defaultAppManagementPolicy'
      const replied = await call(request, { method: 'GET', path, needs: READS_POLICY }, signal)
      if (!replied.ok) return replied
      const policy = readPolicy(replied.value.body)
      return policy ? ok(policy) : fail(useless('the answer is no policy'))
    },
  }
}

const self = ({ clientId }: DirectoryRequest): string => `/applications(appId='${encodeURIComponent(clientId)}')`

async function post(
  call: CallGraph,
  request: DirectoryRequest,
  action: string,
  body: unknown,
  needs: readonly string[],
  signal: AbortSignal,
): Promise<Result<unknown, DirectoryFault>> {
  const replied = await call(request, { method: 'POST', path: `${self(request)}/${action}`, body, needs }, signal)
  return replied.ok ? ok(replied.value.body) : replied
}

const withoutAnswer = (replied: Result<unknown, DirectoryFault>): Result<void, DirectoryFault> =>
  replied.ok ? ok(undefined) : replied

const firstPage = (request: DirectoryRequest): URL =>
  graphUrl(request, `/applications?${SELECTED}&$expand=owners&$top=${PAGE_SIZE}`)

/** The address of a link from an answer or our database, or null if it leads anywhere but to the same list of the same Graph. */
function pageAt(request: DirectoryRequest, link: string): URL | null {
  const list = graphUrl(request, '/applications')
  const url = link.length <= LINK_CHARACTERS_MAX && URL.canParse(link) ? new URL(link) : null
  return url?.origin === list.origin && url.pathname === list.pathname && url.username === '' ? url : null
}

function readPage(request: DirectoryRequest, body: unknown) {
  if (!isObject(body) || !Array.isArray(body.value)) return fail(useless('the answer is no page of applications'))
  const applications = body.value.map(readApplication)
  if (!applications.every((one) => one !== null))
    return fail(useless('the page holds something else than applications'))
  const link = body['@odata.nextLink']
  if (link === undefined || link === null) return ok({ applications, nextLink: null })
  const next = typeof link === 'string' ? pageAt(request, link) : null
  if (!next) return fail(useless('the link to the next page leads elsewhere'))
  return ok({ applications, nextLink: next.href })
}

/** Microsoft's fixed id for this purpose in every cloud. */
const AUDIENCE = '00000002-0000-0000-c000-000000000000'
/** Graph accepts at most ten minutes. They begin a minute ago, because clocks differ. */
const LIFE_S = 600
const EARLY_S = 60

/**
 * Proof of possession: shows with a current certificate of the application that it may change its certificates. RS256, `kid` and `x5t`
 * are the only form that Microsoft documents.
 *
 * @see Microsoft Graph, "Generate proof of possession tokens for rolling keys".
 */
function keyProof({ objectId, privateKey, certificate }: KeyProof, now: Date): string {
  const { raw } = new X509Certificate(certificate)
  const sha1 = createHash('sha1').update(raw).digest()
  const sha256 = createHash('sha256').update(raw).digest()
  const head = {
    alg: 'RS256',
    typ: 'JWT',
    kid: sha1.toString('hex').toUpperCase(),
    x5t: sha1.toString('base64url'),
    'x5t#S256': sha256.toString('base64url'),
  }
  const from = Math.floor(now.getTime() / 1000) - EARLY_S
  const claims = { aud: AUDIENCE, iss: objectId, iat: from, nbf: from, exp: from + LIFE_S }
  const signed = [head, claims].map((part) => Buffer.from(JSON.stringify(part)).toString('base64url')).join('.')
  return `${signed}.${sign('sha256', Buffer.from(signed), privateKey.reveal()).toString('base64url')}`
}
