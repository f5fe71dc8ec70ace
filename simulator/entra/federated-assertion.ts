import type { KeyObject } from 'node:crypto'
import type { Application, FederatedCredential } from '../world/world'
import { type AssertionVerdict, checkLife, no } from './client-assertion'
import { type Jwt, signatureHolds } from './jwt'

/** The key that an issuer signs with, or null if no issuer answers at that address. */
export type IssuerKeys = (issuer: string) => KeyObject | null

interface Check {
  jwt: Jwt
  application: Application
  keys: IssuerKeys
  now: Date
}

/**
 * Checks a federated token. Issuer, subject and audience must equal those of one federated credential, including slashes and
 * case; the error names the first that differs. Microsoft documents the code 700213; 70021, 700211 and 700212 are taken from
 * published error messages.
 */
export function checkFederated({ jwt, application, keys, now }: Check): AssertionVerdict {
  const { iss, sub, aud } = jwt.claims
  const known = application.federatedCredentials.filter(({ knownFrom }) => knownFrom <= now)
  if (known.length === 0)
    return no(70021, `Issuer '${String(iss)}', subject '${String(sub)}', audience '${String(aud)}'.`)
  const byIssuer = known.filter(({ issuer }) => issuer === iss)
  if (byIssuer.length === 0) return no(700211, `It is '${String(iss)}'.`)
  const bySubject = byIssuer.filter(({ subject }) => subject === sub)
  if (bySubject.length === 0) return no(700213, `It is '${String(sub)}'.`)
  const audiences = Array.isArray(aud) ? aud : [aud]
  const fits = ({ audience }: FederatedCredential) => audiences.includes(audience)
  if (!bySubject.some(fits)) return no(700212, `It is '${String(aud)}'.`)
  const key = keys(String(iss))
  if (!key) return no(50012, `The keys of the issuer '${String(iss)}' cannot be read.`)
  if (!signatureHolds(jwt, key)) return no(50012, 'The signature does not verify.')
  return checkLife(jwt.claims, now) ?? { ok: true }
}
