import { pick } from '../kernel'
import type { MailServerDeps } from './deps'
import type { MailServerChange } from './fields'
import { defaultFields, fieldsOf, needsBasicAuthNotice } from './form-fields'
import { type MailFacts, type MailServerStatus, readability, status } from './read-status'
import { verifiedAddresses } from './senders/cache'
import { lastVerifiedRevision, loadCredential, loadRevision, type StoredRevision } from './store/revisions'
import { loadServer, type SavedCredential } from './store/settings'
import { latestTest } from './store/test-runs'

export type MailServerView = Awaited<ReturnType<typeof view>>

/** What the page shows. Every field is named here, and a secret has none. A request that has read the status already passes it. */
export async function view(deps: MailServerDeps, known: Promise<MailServerStatus> = status(deps)) {
  const { id, db, deployment } = deps
  const [{ server, facts }, verified, test] = await Promise.all([
    known,
    lastVerifiedRevision(db, id),
    latestTest(db, id),
  ])
  const settings = server?.settings ?? null
  // If the settings cannot be read, the destination of the secret is unknown, so the form asks for it again.
  const credential = settings ? (server?.credential ?? null) : null
  return {
    /** 0 if nothing is saved yet. */
    version: server?.version ?? 0,
    /** Whether something is saved that cannot be read, because it is damaged or from another version. `fields` are the defaults then. */
    unreadable: server !== null && settings === null,
    fields: settings ? fieldsOf(settings, credential, deployment.clouds) : defaultFields(deployment.clouds),
    secret: credential ? secretView(credential, facts) : { set: false as const },
    ...pick(facts, 'state', 'failing', 'failover', 'fallbackUntil'),
    verifiedBy: settings && facts.verifiedBy,
    /** The delivery that verified the current revision; null if none has. */
    deliveredBy: settings && facts.deliveredBy,
    lastVerified: verified && {
      ...pick(verified, 'number', 'savedAt', 'savedBy'),
      isCurrent: settings !== null && verified.number === server?.version,
      secretAvailable: await hasUsableSecret(deps, verified),
    },
    latestTest: test,
    /** Whether an individual sender is verified at Exchange, so that individual senders can be allowed. */
    individualPossible:
      settings?.type === 'exchange-online-oauth2' &&
      (await verifiedAddresses(deps, settings, server?.sendersVersion)).length > 0,
    clouds: deployment.clouds.map((cloud) => pick(cloud, 'id', 'name')),
    plaintextAllowed: deployment.plaintextAllowed,
    /** Whether the saved settings log in with a password at a Microsoft host. */
    basicAuthNotice: settings !== null && needsBasicAuthNotice(settings),
  }
}

/** What the page shows of a stored secret. */
const secretView = (
  { kind, createdAt: at, createdBy: by, kid, expiresAt }: SavedCredential,
  { readable, destinationChange }: MailFacts,
) => ({
  set: true as const,
  kind,
  at,
  by,
  expiresAt,
  readable,
  destinationChange,
  /** Empty if the kind has no secret to seal. */
  kid: kid ?? '',
})

async function hasUsableSecret(deps: MailServerDeps, { settings, credentialId }: StoredRevision): Promise<boolean> {
  const credential = credentialId === null ? null : await loadCredential(deps.db, credentialId)
  return (await readability(deps, { settings, credential })).readable
}

/** The settings of a version, which never change. Null if there is none yet, or if they cannot be read. */
export const settingsOf = async ({ id, db }: MailServerDeps, version: number) =>
  (await loadRevision(db, id, version))?.settings ?? null

/** The saved settings as a change that keeps its secret. Null if nothing is saved, or if it cannot be read. */
export async function savedChange({ id, db }: MailServerDeps): Promise<MailServerChange | null> {
  const server = await loadServer(db, id)
  if (!server?.settings) return null
  const { settings, credential } = server
  const isWithoutSecret = credential === null && settings.type !== 'smtp'
  return {
    settings,
    secret: { kind: isWithoutSecret ? 'none' : 'keep' },
    secretExpiresAt: credential?.expiresAt ?? null,
  }
}
