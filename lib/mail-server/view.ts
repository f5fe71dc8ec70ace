import type { Cloud } from '../kernel/clouds'
import type { CredentialKind } from '../kernel/credential-kind'
import type { FailingCause } from '../kernel/failing-cause'
import type { MailServerDeps } from './deps'
import { defaultFields, fieldsOf, type MailServerFields } from './form-fields'
import { type MailServerStatus, readability, status } from './read-status'
import { verifiedAddresses } from './senders/cache'
import type { MailState } from './status'
import type { DeliveryVerification } from './store/pauses'
import { lastVerifiedRevision, loadCredential, type StoredRevision } from './store/settings'
import { latestTest, type TestSummary } from './store/test-runs'
import { needsBasicAuthNotice } from './to-oauth-draft'

export interface MailServerView {
  /** 0 if nothing is saved yet. */
  version: number
  /** Whether something is saved that cannot be read, because it is damaged or from another version. `fields` are the defaults then. */
  unreadable: boolean
  fields: MailServerFields
  secret:
    | { set: false }
    | {
        set: true
        kind: CredentialKind
        at: Date
        by: string
        /** Empty if the kind has no secret to seal. */
        kid: string
        expiresAt: Date | null
        readable: boolean
        /** How the destination has changed since the secret was stored, if it is not readable for that reason; else null. */
        destinationChange: string | null
      }
  state: MailState
  /** Null unless the state is `failing`. */
  failing: FailingCause | null
  /** The test that verified the current revision; null if none has. */
  verifiedBy: { testId: string; at: Date } | null
  /** The delivery that verified the current revision; null if none has. */
  deliveredBy: DeliveryVerification | null
  lastVerified: { number: number; savedAt: Date; savedBy: string; isCurrent: boolean; secretAvailable: boolean } | null
  latestTest: TestSummary | null
  /** Name of the failover server that delivers instead; null if none does. */
  failover: string | null
  /** Until when deliveries use the previous credential because Entra rejects the current one; null if they do not. */
  fallbackUntil: Date | null
  /** Whether an individual sender is verified at Exchange, so that individual senders can be allowed. */
  individualPossible: boolean
  clouds: { id: string; name: string }[]
  plaintextAllowed: boolean
  /** Whether the saved settings log in with a password at a Microsoft host. */
  basicAuthNotice: boolean
}

const cloudNames = (clouds: readonly Cloud[]): { id: string; name: string }[] =>
  clouds.map(({ id, name }) => ({ id, name }))

/**
 * What the page shows. Every field is named here, and a secret has none.
 *
 * @param known the status, if this request has read it already
 */
export async function view(
  deps: MailServerDeps,
  known: Promise<MailServerStatus> = status(deps),
): Promise<MailServerView> {
  const { id, db, rules } = deps
  const [{ server, facts }, verified, test] = await Promise.all([
    known,
    lastVerifiedRevision(db, id),
    latestTest(db, id),
  ])
  const settings = server?.settings ?? null
  const individualPossible =
    settings?.type === 'exchange-online-oauth2' &&
    (await verifiedAddresses(deps, settings, server?.sendersVersion)).length > 0
  // If the settings cannot be read, the destination of the secret is unknown, so the form asks for it again.
  const credential = settings ? (server?.credential ?? null) : null
  return {
    version: server?.version ?? 0,
    unreadable: server !== null && settings === null,
    fields: settings ? fieldsOf(settings, credential, rules.clouds) : defaultFields(rules.clouds),
    secret: credential
      ? {
          set: true,
          kind: credential.kind,
          at: credential.createdAt,
          by: credential.createdBy,
          kid: credential.kid ?? '',
          expiresAt: credential.expiresAt,
          readable: facts.readable,
          destinationChange: facts.destinationChange,
        }
      : { set: false },
    state: facts.state,
    failing: facts.failing,
    verifiedBy: settings && facts.verifiedBy,
    deliveredBy: settings && facts.deliveredBy,
    lastVerified: verified && {
      number: verified.number,
      savedAt: verified.savedAt,
      savedBy: verified.savedBy,
      isCurrent: settings !== null && verified.number === server?.version,
      secretAvailable: await hasUsableSecret(deps, verified),
    },
    latestTest: test,
    failover: facts.failover,
    fallbackUntil: facts.fallbackUntil,
    individualPossible,
    clouds: cloudNames(rules.clouds),
    plaintextAllowed: rules.plaintextAllowed,
    basicAuthNotice: settings !== null && needsBasicAuthNotice(settings),
  }
}

async function hasUsableSecret(deps: MailServerDeps, { settings, credentialId }: StoredRevision): Promise<boolean> {
  const credential = credentialId === null ? null : await loadCredential(deps.db, credentialId)
  return (await readability(deps, { settings, credential })).readable
}
