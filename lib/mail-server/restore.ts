import { fallbackUntil } from '../credentials/fallback'
import type { LocalisedCaller } from '../i18n/locale'
import { actorName } from '../kernel/actor'
import { destinationOf, type MailServerSettings } from '../kernel/mail-server-settings'
import { fail, ok, type Result } from '../kernel/result'
import { parseSmtpHost, parseSmtpPort } from '../validation/host-name'
import type { MailServerDeps } from './deps'

import { conflict, isSameDestination, type SaveFault, saveEntry } from './save'
import { opened, secretOf } from './secret-reuse'

export type RestoreFault =
  | Extract<SaveFault, { kind: 'conflict' }>
  | { kind: 'no-revision' }
  /** The deployment's rules have changed since: a cloud is gone, a host, a port or plain text no longer allowed; or it cannot be read. */
  | { kind: 'revision-invalid' }
  /** The secret it names is gone or does not open, so its values must be typed. */
  | { kind: 'revision-secret' }

/**
 * Goes back to a saved state by saving it again, with the credential it names: that one is bound to this very destination,
 * so nothing has to be typed, and nothing can be redirected. The digest stays, and with it the proof.
 */
export async function restore(
  deps: MailServerDeps,
  caller: LocalisedCaller,
  { number, version }: { number: number; version: number },
): Promise<Result<{ version: number }, RestoreFault>> {
  const { store, vault, rules, clock } = deps
  const current = await store.load()
  if ((current?.version ?? 0) !== version)
    return asRestoreFault(await conflict(deps, caller, version, 'mail-server.restore'))
  const revision = await store.revision(number)
  if (!revision) return refused(deps, caller, number, { kind: 'no-revision' })
  const { settings } = revision
  if (!settings || !isAllowed(settings, deps)) return refused(deps, caller, number, { kind: 'revision-invalid' })

  const credential = revision.credentialId === null ? null : await store.credential(revision.credentialId)
  const saved = { settings, credential }
  const secret = secretOf({ settings, secret: { kind: 'keep' } }, saved, rules.clouds)
  const open = secret.ok ? await opened(secret.value, vault) : secret
  if (!secret.ok || !open.ok) return refused(deps, caller, number, { kind: 'revision-secret' })

  const written = await store.write({
    after: version,
    settings,
    digest: revision.digest,
    savedBy: actorName(caller.actor),
    credential:
      secret.value.kind === 'kept' && credential
        ? { kind: 'kept', id: credential.id, expiresAt: credential.expiresAt }
        : { kind: 'none' },
    former: isSameDestination(current, { settings }, rules.clouds)
      ? { fallbackUntil: fallbackUntil(current?.credential?.expiresAt ?? null, clock.now()) }
      : null,
    policy: null,
    audit: saveEntry('mail-server.restore', store.id, caller, {
      version: version + 1,
      restored: number,
      secretDigest: credential?.digest ?? null,
    }),
  })
  return written.ok ? ok(written.value) : asRestoreFault(await conflict(deps, caller, version, 'mail-server.restore'))
}

function isAllowed(settings: MailServerSettings, { rules }: MailServerDeps): boolean {
  if (settings.type !== 'smtp') return destinationOf(settings, rules.clouds) !== null
  const { host, port, security } = settings
  const isReachable = parseSmtpHost(host, rules.allowance).ok && parseSmtpPort(port, rules.allowance).ok
  return isReachable && (security !== 'none' || rules.plaintextAllowed)
}

async function refused(deps: MailServerDeps, caller: LocalisedCaller, number: number, fault: RestoreFault) {
  const details = { reason: fault.kind, restored: number }
  await deps.audit.record(saveEntry('mail-server.restore', deps.store.id, caller, details, 'refused'))
  return fail(fault)
}

function asRestoreFault(conflicted: Result<unknown, SaveFault>): Result<never, RestoreFault> {
  if (!conflicted.ok && conflicted.error.kind === 'conflict') return fail(conflicted.error)
  throw new Error('A conflict is always told as one')
}
