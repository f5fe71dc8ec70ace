import { randomUUID, X509Certificate } from 'node:crypto'
import { readJwt, signatureHolds } from '../entra/jwt'
import { type Application, validityOf } from '../world/world'
import { badRequest, type GraphAnswer, refusal } from './graph-answer'
import { CONTEXT, keyJson } from './graph-json'
import type { Writing } from './graph-passwords'
import { policyAgainstKey } from './graph-policy'
import { keyOf } from './registered'

const POSSESSION_TOKEN_AUDIENCE = '00000002-0000-0000-c000-000000000000'
const POSSESSION_TOKEN_SECONDS_MAX = 600
const LEEWAY_S = 300

/** Graph says only that the token is missing or malformed. The simulator adds the reason, to save a developer's time. */
const badPossessionToken = (why: string): GraphAnswer =>
  refusal(401, 'Authentication_MissingOrMalformed', `The proof of possession is missing or malformed: ${why}.`)

/**
 * Checks the token by which an application shows that it holds a current certificate.
 *
 * @see https://learn.microsoft.com/graph/application-rollkey-prooftoken
 */
function possessionTokenProblem({ objectId, certificates }: Application, token: unknown, at: Date): string | null {
  const jwt = typeof token === 'string' ? readJwt(token) : null
  if (!jwt) return 'it is no JSON Web Token'
  const current = certificates.filter((known) => validityOf(known, at).holds && known.knownFrom <= at)
  if (current.length === 0) return 'the application has no certificate that is valid now'
  if (!current.some(({ pem }) => signatureHolds(jwt, new X509Certificate(pem).publicKey))) {
    return 'no current certificate of the application has signed it'
  }
  const { aud, iss, nbf, exp } = jwt.claims
  const now = at.getTime() / 1000
  if (aud !== POSSESSION_TOKEN_AUDIENCE) return `its audience is not ${POSSESSION_TOKEN_AUDIENCE}`
  if (iss !== objectId) return 'its issuer is not the object ID of the application'
  if (typeof nbf !== 'number' || typeof exp !== 'number') return 'it does not say when it begins and ends'
  if (exp - nbf > POSSESSION_TOKEN_SECONDS_MAX) return 'it lives longer than ten minutes'
  if (nbf > now + LEEWAY_S || exp < now - LEEWAY_S) return 'it is not valid now'
  return null
}

function pemOf(key: unknown): string | null {
  if (typeof key !== 'string' || key === '') return null
  try {
    const { raw } = new X509Certificate(Buffer.from(key, 'base64'))
    return `-----BEGIN CERTIFICATE-----\n${raw
      .toString('base64')
      .match(/.{1,64}/g)
      ?.join('\n')}\n-----END CERTIFICATE-----\n`
  } catch {
    return null
  }
}

export function addKey({ tenant, application, body, now, knownFrom }: Writing): GraphAnswer {
  const keyCredential = (body.keyCredential ?? {}) as Record<string, unknown>
  if (keyCredential.type !== 'AsymmetricX509Cert' || keyCredential.usage !== 'Verify') {
    return badRequest("'keyCredential' needs the type 'AsymmetricX509Cert' and the usage 'Verify'.")
  }
  const pem = pemOf(keyCredential.key)
  if (pem === null) return badRequest("'key' is not a certificate.")
  const problem = possessionTokenProblem(application, body.proof, now)
  if (problem !== null) return badPossessionToken(problem)
  const name = /CN=([^\n]*)/.exec(new X509Certificate(pem).subject)?.[1]
  const displayName = typeof keyCredential.displayName === 'string' ? keyCredential.displayName : `CN=${name ?? ''}`
  const certificate = { keyId: randomUUID(), displayName, pem, knownFrom }
  const { from, to } = validityOf(certificate, now)
  const against = policyAgainstKey(tenant.appPolicy, from, to)
  if (against) return against
  application.certificates.push(certificate)
  return {
    status: 200,
    body: { '@odata.context': `${CONTEXT}microsoft.graph.keyCredential`, ...keyJson(keyOf(certificate)) },
  }
}

export function removeKey({ application, body, now }: Writing): GraphAnswer {
  const { keyId } = body
  if (typeof keyId !== 'string' || keyId === '') return badRequest("'keyId' is missing.")
  const problem = possessionTokenProblem(application, body.proof, now)
  if (problem !== null) return badPossessionToken(problem)
  const left = application.certificates.filter((known) => known.keyId !== keyId.toLowerCase())
  if (left.length === application.certificates.length)
    return badRequest(`No key credential found with keyId '${keyId}'.`)
  application.certificates = left
  return { status: 204 }
}
