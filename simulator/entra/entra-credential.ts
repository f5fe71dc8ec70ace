import type { Application, ClientSecret } from '../world/world'
import { checkAssertion, readAssertion, type SeenAssertions } from './client-assertion'
import { checkFederated, type IssuerKeys } from './federated-assertion'

export type Refused = { refused: number; detail?: string }
/** The values of the claim `appidacr`: a secret, or an assertion. */
export type CredentialKind = '1' | '2'

const ASSERTION_TYPE = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer'

interface Presented {
  form: URLSearchParams
  application: Application
  /** The token endpoint, under each of its names. */
  endpoints: readonly string[]
  now: Date
  usedIds: SeenAssertions
  keys: IssuerKeys
}

export function checkCredential({
  form,
  application,
  endpoints,
  now,
  usedIds,
  keys,
}: Presented): CredentialKind | Refused {
  const secret = form.get('client_secret') ?? ''
  const assertion = form.get('client_assertion') ?? ''
  if (secret === '' && assertion === '') return { refused: 7000218 }
  if (application.publicClient) return { refused: 700025 }
  if (assertion === '') return checkSecret(application.secrets, secret, now)
  if (form.get('client_assertion_type') !== ASSERTION_TYPE) return { refused: 900144, detail: 'client_assertion_type' }
  const read = readAssertion(assertion, application)
  if (!read) return { refused: 50012, detail: 'It is not a JSON Web Token.' }
  const { jwt, own } = read
  const verdict = own
    ? checkAssertion({ jwt, application, audiences: endpoints, now, usedIds })
    : checkFederated({ jwt, application, keys, now })
  return verdict.ok ? '2' : { refused: verdict.number, detail: verdict.detail }
}

/** A secret that is not propagated yet is refused like a wrong one. */
function checkSecret(secrets: readonly ClientSecret[], secret: string, now: Date): CredentialKind | Refused {
  const match = secrets.find(({ value, knownFrom }) => value === secret && knownFrom <= now)
  if (!match) return { refused: 7000215 }
  return match.expiresAt <= now || match.startsAt > now ? { refused: 7000222 } : '1'
}
