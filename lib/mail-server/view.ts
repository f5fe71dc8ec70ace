import { revisionDigest } from '../credentials/digest'
import type { FailingCause } from '../kernel/failing-cause'
import type { MailServerSettings } from '../kernel/mail-server-settings'
import { cloudNames, type MailServerDeps, type MailServerView } from './deps'
import { defaultFields, fieldsOf } from './form-fields'
import type { DeliveryVerification, LatestAttempt, StoredRevision, StoredServer, TestSummary } from './ports'
import { opened, secretOf } from './secret-reuse'
import { failingCause, type MailState, type StateFacts, stateOfMail } from './status'
import { needsBasicAuthNotice } from './to-oauth-draft'

/** What the page shows. Each member is named here; a secret has none (S-02). */
export async function view(deps: MailServerDeps, known: Promise<MailServerStatus>): Promise<MailServerView> {
  const { store, rules } = deps
  const [{ server, facts }, lastVerified, latestTest] = await Promise.all([
    known,
    store.lastVerified(),
    store.latestTest(),
  ])
  const settings = server?.settings ?? null
  const individualPossible =
    settings?.type === 'exchange-online-oauth2' && (await deps.verifiedOthers(settings)).length > 0
  // A secret of settings that cannot be read belongs to no destination: the form asks for it anew.
  const credential = settings ? (server?.credential ?? null) : null
  return {
    version: server?.version ?? 0,
    unreadable: server !== null && settings === null,
    fields: settings ? fieldsOf(settings, credential?.expiresAt ?? null, rules.clouds) : defaultFields(rules.clouds),
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
    verifiedBy: settings && facts.verifiedBy,
    deliveredBy: settings && facts.deliveredBy,
    lastVerified: lastVerified && {
      number: lastVerified.number,
      savedAt: lastVerified.savedAt,
      savedBy: lastVerified.savedBy,
      isCurrent: settings !== null && lastVerified.number === server?.version,
      secretAvailable: await opensSecretOf(deps, lastVerified),
    },
    latestTest,
    failover: facts.failover,
    fallbackUntil: facts.fallbackUntil,
    failedMessage: facts.ownResult?.failed && facts.ownResult.how === 'delivery' ? facts.ownResult.evidenceId : null,
    individualPossible,
    clouds: cloudNames(rules.clouds),
    plaintextAllowed: rules.plaintextAllowed,
    basicAuthNotice: settings !== null && needsBasicAuthNotice(settings),
  }
}

/** What is saved and what follows from it. The rail and the page both need it, and it takes five queries. */
export interface MailServerStatus {
  server: StoredServer | null
  facts: MailFacts
}

export async function status(deps: MailServerDeps): Promise<MailServerStatus> {
  const server = await deps.store.load()
  return { server, facts: await mailFacts(deps, server) }
}

export interface MailFacts {
  state: MailState
  /** Null unless the state is `failing`. */
  failing: FailingCause | null
  /** The stored secret opens for the destination of the settings with the keys that are here. */
  readable: boolean
  /** What has changed of the destination since the secret was stored for it, so that it does not open; null if nothing has. */
  destinationChange: string | null
  verifiedBy: { testId: string; at: Date } | null
  deliveredBy: DeliveryVerification | null
  /** Name of the failover server that delivers for it; null if none does. */
  failover: string | null
  /** The newest word on the server's own sender (docs/decisions/0014); null: there is none. */
  ownResult: OwnResult | null
  /** Until when deliveries use the previous credential because Entra rejects the current one; null if they do not. */
  fallbackUntil: Date | null
}

export interface OwnResult {
  how: 'test' | 'delivery'
  evidenceId: string
  at: Date
  failed: boolean
}

/** Settings or a secret that cannot be read count as failing: mail cannot leave, whatever the last test said (S-09, F-54). */
async function mailFacts(deps: MailServerDeps, server: StoredServer | null): Promise<MailFacts> {
  const { store, clock } = deps
  const revision = server ? await store.revision(server.version) : null
  if (!server || !revision)
    return {
      state: 'off',
      failing: null,
      readable: false,
      destinationChange: null,
      verifiedBy: null,
      deliveredBy: null,
      failover: null,
      ownResult: null,
      fallbackUntil: null,
    }
  const now = clock.now()
  const [health, delivery, verifiedBy, latestRun, { readable, destinationChange }] = await Promise.all([
    store.credentialHealth(now),
    store.deliveryHealth(server.version),
    store.verificationOf(revision),
    store.latestTest(revision.digest),
    opens(deps, server),
  ])
  const facts: StateFacts = {
    configured: true,
    latestRun,
    unreadable: !readable,
    delivery,
    verified: verifiedBy !== null || delivery.verifiedBy !== null,
    secretExpiresAt: server.credential?.expiresAt ?? null,
    credential: health,
    now,
  }
  return {
    readable,
    destinationChange,
    verifiedBy,
    deliveredBy: delivery.verifiedBy,
    failover: delivery.failover,
    fallbackUntil: health.refused ? health.fallbackUntil : null,
    ownResult: newestResult({
      verifiedBy,
      latestRun,
      latestAttempt: delivery.latestAttempt,
      own: server.settings?.senderAddress,
    }),
    state: stateOfMail(facts),
    failing: failingCause(facts),
  }
}

/** A message that left as another sender says nothing about the mail server's own. */
function newestResult(seen: {
  verifiedBy: MailFacts['verifiedBy']
  latestRun: TestSummary | null
  latestAttempt: LatestAttempt | null
  own: string | undefined
}): OwnResult | null {
  const { verifiedBy, latestRun: run, latestAttempt: attempt, own } = seen
  const words: OwnResult[] = []
  if (verifiedBy) words.push({ how: 'test', evidenceId: verifiedBy.testId, at: verifiedBy.at, failed: false })
  if (run?.outcome === 'failed') words.push({ how: 'test', evidenceId: run.id, at: run.startedAt, failed: true })
  if (attempt && (attempt.failed || attempt.takenFrom === own))
    words.push({ how: 'delivery', evidenceId: attempt.messageId, at: attempt.at, failed: attempt.failed })
  return words.reduce<OwnResult | null>((newest, each) => (newest && newest.at >= each.at ? newest : each), null)
}

async function opens(
  { vault, rules }: MailServerDeps,
  saved: { settings: MailServerSettings | null; credential: StoredServer['credential'] },
): Promise<Pick<MailFacts, 'readable' | 'destinationChange'>> {
  const told = (readable: boolean, destinationChange: string | null = null) => ({ readable, destinationChange })
  if (!saved.settings) return told(false)
  if (saved.credential === null) return told(true)
  const secret = secretOf({ settings: saved.settings, secret: { kind: 'keep' } }, saved, rules.clouds)
  if (!secret.ok) return told(false)
  const open = await opened(secret.value, vault)
  return told(open.ok, !open.ok && open.error.kind === 'elsewhere' ? open.error.change : null)
}

async function opensSecretOf(deps: MailServerDeps, revision: StoredRevision): Promise<boolean> {
  const credential = revision.credentialId === null ? null : await deps.store.credential(revision.credentialId)
  return (await opens(deps, { settings: revision.settings, credential })).readable
}

/**
 * The digest of what is about to be tested. A kept secret with the saved settings is the saved revision itself, whichever
 * key made its digest; else it is computed with the current key.
 */
export async function digestFor(
  { store, vault }: MailServerDeps,
  server: StoredServer | null,
  tested: { settings: MailServerSettings; credential: string | null },
): Promise<string> {
  const digest = revisionDigest(tested.settings, tested.credential, vault)
  const revision = server ? await store.revision(server.version) : null
  const isSaved =
    server !== null &&
    server.settings !== null &&
    revision !== null &&
    (server.credential?.digest ?? null) === tested.credential &&
    revisionDigest(server.settings, tested.credential, vault) === digest
  return isSaved ? revision.digest : digest
}
