import { auditEntry, refuse } from '../audit'
import type { LocalisedCaller } from '../i18n/locale'
import { actorName, ok, type Result } from '../kernel'
import { destinationOf, type MailServerSettings } from '../kernel/mail-server-settings'
import { parseSmtpHost, parseSmtpPort } from '../validation/host-name'
import type { MailServerDeps } from './deps'
import { openSecret } from './read-status'
import { type Conflict, conflict, previousCredential } from './save'
import { secretOf } from './secret-reuse'
import { loadCredential, loadRevision } from './store/revisions'
import { loadServer, writeSettings } from './store/settings'

export type RestoreFault =
  | Conflict
  | { kind: 'no-revision' }
  /** The deployment no longer allows its cloud, host, port or plain text; or the stored revision cannot be read. */
  | { kind: 'revision-invalid' }
  /** The secret of the revision was or is being removed, or cannot be opened, so the values must be entered in the form. */
  | { kind: 'revision-secret' }

/**
 * Saves an earlier revision again, with the credential that it names. That credential is bound to the destination of the revision, so
 * no secret can be redirected. The digest stays the same, and with it the verification.
 */
export async function restore(
  deps: MailServerDeps,
  caller: LocalisedCaller,
  { number, version }: { number: number; version: number },
): Promise<Result<{ version: number }, RestoreFault>> {
  const { id, db, vault, deployment } = deps
  const refused = (fault: RestoreFault) =>
    refuse(deps, auditEntry('mail-server.restore', caller, `mail-server:${id}`, { restored: number }), fault)
  const current = await loadServer(db, id)
  if ((current?.version ?? 0) !== version) return conflict(deps, caller, 'mail-server.restore', version)
  const revision = await loadRevision(db, id, number)
  if (!revision) return refused({ kind: 'no-revision' })
  const { settings } = revision
  if (!settings || !isAllowed(settings, deps)) return refused({ kind: 'revision-invalid' })

  const credential = revision.credentialId === null ? null : await loadCredential(db, revision.credentialId)
  const secret = secretOf({ settings, secret: { kind: 'keep' } }, { settings, credential }, deployment.clouds)
  const opened = secret.ok ? await openSecret(secret.value, vault) : secret
  if (!secret.ok || !opened.ok) return refused({ kind: 'revision-secret' })

  const written = await writeSettings(
    db,
    id,
    {
      basedOn: version,
      settings,
      digest: revision.digest,
      savedBy: actorName(caller.actor),
      restored: number,
      credential:
        secret.value.kind === 'kept' && credential
          ? { kind: 'kept', id: credential.id, expiresAt: credential.expiresAt }
          : { kind: 'none' },
      previous: previousCredential(deps, current, settings),
      policy: null,
      audit: auditEntry('mail-server.restore', caller, `mail-server:${id}`, {
        version: version + 1,
        restored: number,
        secretDigest: credential?.digest ?? null,
      }),
    },
    deps.clock.now(),
  )
  if (written.ok) return ok(written.value)
  if (written.error === 'secret-removed') return refused({ kind: 'revision-secret' })
  return conflict(deps, caller, 'mail-server.restore', version)
}

function isAllowed(settings: MailServerSettings, { deployment }: MailServerDeps): boolean {
  if (settings.type !== 'smtp') return destinationOf(settings, deployment.clouds) !== null
  const { host, port, security } = settings
  const isReachable = parseSmtpHost(host, deployment.allowance).ok && parseSmtpPort(port, deployment.allowance).ok
  return isReachable && (security !== 'none' || deployment.plaintextAllowed)
}
