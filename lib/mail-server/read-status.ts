import { type OpenedCredential, type OpenFault, openCredential } from '../credentials/open-credential'
import { ok, type Result, type Vault } from '../kernel'
import type { MailServerDeps } from './deps'
import { type SavedTogether, type SecretInUse, secretOf } from './secret-reuse'
import { failingCause, type MailState, type StateFacts, stateOfMail } from './status'
import { readCredentialHealth } from './store/credential-health'
import { type DeliveryHealth, readDeliveryHealth } from './store/pauses'
import { readServers, type ServerRow } from './store/rows'
import { loadServer, type StoredServer } from './store/settings'
import { testsOfRevision } from './store/test-runs'

export interface OwnResult {
  how: 'test' | 'delivery'
  evidenceId: string
  at: Date
  failed: boolean
  /** Its fault; null if there was none. */
  code: string | null
}

const NOT_CONFIGURED = {
  state: 'off',
  failing: null,
  readable: false,
  destinationChange: null,
  verifiedBy: null,
  deliveredBy: null,
  failover: null,
  ownResult: null,
  fallbackUntil: null,
} as const

export type MailServerStatus = Awaited<ReturnType<typeof status>>
/**
 * What is saved, and what follows from it. Page header and page both need it, and it takes five queries.
 *
 * @param rows reads all mail servers, if this request needs them elsewhere too. Called when the answer is awaited, so that no failure is left unread.
 */
export async function status(deps: MailServerDeps, rows?: () => Promise<readonly ServerRow[]>) {
  const server = await loadServer(deps.db, deps.id)
  return { server, facts: await mailFacts(deps, server, rows) }
}

export const state = async (deps: MailServerDeps): Promise<MailState> => (await status(deps)).facts.state

export type MailFacts = Awaited<ReturnType<typeof mailFacts>>
/** Settings or a secret that cannot be read count as failing, because no message can be sent then, whatever the last test showed. */
async function mailFacts(
  deps: MailServerDeps,
  server: StoredServer | null,
  rows?: () => Promise<readonly ServerRow[]>,
) {
  const { id, db, clock } = deps
  if (!server?.revision) return NOT_CONFIGURED
  const now = clock.now()
  const servers = rows?.() ?? readServers(db)
  const [health, deliveries, tests, { readable, destinationChange }, isFailoverDown] = await Promise.all([
    readCredentialHealth(db, id, now),
    readDeliveryHealth(db, id, server.version, servers),
    testsOfRevision(db, server.revision),
    readability(deps, server),
    failoverIsDown(deps, servers),
  ])
  const { verifiedBy, latestRun } = tests
  const delivery = isFailoverDown ? { ...deliveries, failover: null } : deliveries
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
    /** Whether the stored secret can be opened for the destination of the settings, with the keys of this deployment. */
    readable,
    /** How the destination has changed since the secret was stored, if it cannot be opened for that reason; else null. */
    destinationChange,
    verifiedBy,
    deliveredBy: delivery.verifiedBy,
    /** Name of the failover server that delivers instead; null if none does. */
    failover: delivery.failover,
    /** Until when deliveries use the previous credential because Entra rejects the current one; null if they do not. */
    fallbackUntil: health.refused ? health.fallbackUntil : null,
    /** The newest result for the server's own sender (docs/decisions/0014); null if there is none. */
    ownResult: newestResult(tests, delivery.latestAttempt, server.settings?.senderAddress),
    state: stateOfMail(facts),
    /** Null unless the state is `failing`. */
    failing: failingCause(facts),
  }
}

/** Whether the failover server that has taken over sends nothing itself, such as with a secret that cannot be opened. It has no failover server. */
async function failoverIsDown(deps: MailServerDeps, servers: Promise<readonly ServerRow[]>): Promise<boolean> {
  const failoverId = (await servers).find(({ id }) => id === deps.id)?.activeFailoverId
  if (!failoverId) return false
  const { facts } = await status({ ...deps, id: failoverId }, () => servers)
  return facts.failing !== null && facts.failing.kind !== 'test'
}

/** A message that left as another sender says nothing about the mail server's own. */
function newestResult(
  { verifiedBy, latestRun: run }: Awaited<ReturnType<typeof testsOfRevision>>,
  attempt: DeliveryHealth['latestAttempt'],
  sender: string | undefined,
): OwnResult | null {
  const results: OwnResult[] = []
  if (verifiedBy)
    results.push({ how: 'test', evidenceId: verifiedBy.testId, at: verifiedBy.at, failed: false, code: null })
  if (run?.outcome === 'failed')
    results.push({ how: 'test', evidenceId: run.id, at: run.startedAt, failed: true, code: run.diagnosisCode })
  if (attempt && (attempt.failed || attempt.acceptedFrom === sender)) {
    const { messageId: evidenceId, at, failed, code } = attempt
    results.push({ how: 'delivery', evidenceId, at, failed, code })
  }
  return results.reduce<OwnResult | null>((newest, each) => (newest && newest.at >= each.at ? newest : each), null)
}

/**
 * Credentials, sealed as they are stored, that a vault has opened for where they are sent. Its keys stay the same, so it would open them
 * again, and every page would have their secrets in memory to no purpose.
 */
const openedCredentials = new WeakMap<Vault, Set<string>>()
const OPENED_MAX = 1_000

/** Whether settings and secret can be used as they are stored. */
export async function readability({ vault, deployment }: MailServerDeps, saved: SavedTogether) {
  const unreadable = { readable: false, destinationChange: null }
  if (!saved.settings) return unreadable
  if (saved.credential === null) return { readable: true, destinationChange: null }
  const secret = secretOf({ settings: saved.settings, secret: { kind: 'keep' } }, saved, deployment.clouds)
  if (!secret.ok) return unreadable
  const known = openedCredentials.get(vault) ?? new Set()
  openedCredentials.set(vault, known)
  const name = JSON.stringify(secret.value)
  if (!known.has(name)) {
    const opened = await openSecret(secret.value, vault)
    if (!opened.ok)
      return { readable: false, destinationChange: opened.error.kind === 'elsewhere' ? opened.error.change : null }
    if (known.size >= OPENED_MAX) known.clear()
    known.add(name)
  }
  return { readable: true, destinationChange: null }
}

/** Null if there is no credential. That a stored one cannot be opened is an expected failure. */
export async function openSecret(
  secret: SecretInUse,
  vault: Vault,
): Promise<Result<OpenedCredential | null, OpenFault>> {
  if (secret.kind === 'none') return ok(null)
  if (secret.kind === 'typed') return ok(secret.value)
  return openCredential(secret.credential, secret.destination, vault)
}
