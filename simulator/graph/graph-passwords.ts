import type { Application, Tenant } from '../world/world'
import { makeSecret } from '../world/world-start'
import { badRequest, type GraphAnswer } from './graph-answer'
import { CONTEXT, passwordJson } from './graph-json'
import { policyAgainstPassword } from './graph-policy'
import { passwordOf } from './registered'

/** A change of one application's credentials through Graph. */
export interface Writing {
  tenant: Tenant
  application: Application
  body: Record<string, unknown>
  now: Date
  /** When Entra will have heard of what is added now. */
  knownFrom: Date
}

const YEARS = 2

function instant(value: unknown): Date | null | undefined {
  if (value === undefined || value === null) return undefined
  const at = typeof value === 'string' && /^\d{4}-\d\d-\d\dT/.test(value) ? new Date(value) : new Date(Number.NaN)
  return Number.isNaN(at.getTime()) ? null : at
}

function inYears(from: Date, years: number): Date {
  const end = new Date(from)
  end.setUTCFullYear(end.getUTCFullYear() + years)
  return end
}

/** The secret's text is in this answer and never again. */
export function addPassword({ tenant, application, body, now, knownFrom }: Writing): GraphAnswer {
  const wanted = body.passwordCredential ?? {}
  if (typeof wanted !== 'object') return badRequest("'passwordCredential' is not an object.")
  const { displayName = null, startDateTime, endDateTime, secretText } = wanted as Record<string, unknown>
  const from = instant(startDateTime)
  const to = instant(endDateTime)
  if (from === null || to === null) return badRequest('A date is not valid.')
  if (displayName !== null && typeof displayName !== 'string') return badRequest("'displayName' is not a text.")
  if (secretText !== undefined && secretText !== null) return badRequest("'secretText' may not be chosen.")
  const startsAt = from ?? now
  const expiresAt = to ?? inYears(startsAt, YEARS)
  if (expiresAt <= startsAt || expiresAt <= now) return badRequest('The end date of the credential is not valid.')
  const against = policyAgainstPassword(tenant.appPolicy, startsAt, expiresAt)
  if (against) return against
  const secret = { ...makeSecret(displayName, 0, now), startsAt, expiresAt, knownFrom }
  application.secrets.push(secret)
  const credential = passwordJson(passwordOf(secret), secret.value)
  return { status: 200, body: { '@odata.context': `${CONTEXT}microsoft.graph.passwordCredential`, ...credential } }
}

export function removePassword({ application, body }: Writing): GraphAnswer {
  const { keyId } = body
  if (typeof keyId !== 'string' || keyId === '') return badRequest("'keyId' is missing.")
  const left = application.secrets.filter((secret) => secret.keyId !== keyId.toLowerCase())
  if (left.length === application.secrets.length)
    return badRequest(`No password credential found with keyId '${keyId}'.`)
  application.secrets = left
  return { status: 204 }
}
