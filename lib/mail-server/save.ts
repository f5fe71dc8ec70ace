import { auditEntry, refuse } from '../audit'
import { fallbackUntil } from '../credentials/fallback'
import { revisionDigest } from '../credentials/open-credential'
import { checkSealingKey } from '../db/sealing-key-check'
import type { LocalisedCaller } from '../i18n/locale'
import { actorName, newId, ok, type Result } from '../kernel'
import { destinationText } from '../kernel/destination'
import type { MailServerSettings } from '../kernel/mail-server-settings'
import { credentialBinding } from '../kernel/sealing'
import type { MailServerDeps } from './deps'
import type { MailServerChange } from './fields'
import { dayOf, defaultFields, fieldsOf, type MailServerFields } from './form-fields'
import { credentialDigest, hasSameDestination, type SecretFault, type SecretInUse, secretOf } from './secret-reuse'
import { verifiedAddresses } from './senders/cache'
import { loadRevision } from './store/revisions'
import { isRemoved } from './store/servers'
import { loadServer, type SettingsWrite, type StoredServer, writeSettings } from './store/settings'
import { type RulesAffected, type RulesChoice, rulesForNewSender } from './update-policy-rules'

/** Someone else removed the mail server in between, or saved `version`. */
export type Conflict =
  | { kind: 'removed' }
  | {
      kind: 'conflict'
      /** What the refused save was based on, as far as a revision holds it. */
      base: Partial<MailServerFields>
      theirs: {
        by: string
        /** The caller saved it: in another tab, or in this one, whose page is older because an answer was lost or Back was used. */
        isOwn: boolean
        fields: MailServerFields
      }
      version: number
    }

export type SaveFault =
  | { kind: 'secret'; fault: SecretFault; field: 'clientSecret' | 'password' }
  | Conflict
  | { kind: 'key-wrong'; kid: string }
  /** The change allows individual senders, and none is verified with these settings. */
  | { kind: 'none-verified' }
  /** Policy rules name the previous sender, and the caller has not chosen what happens to them. */
  | RulesAffected

/**
 * Saves a change as the next revision, together with its credential and audit entry, in one transaction. A change that changes
 * nothing makes no revision.
 *
 * @param input.version the version that the change is based on; 0 if nothing was saved yet
 * @param input.rules what happens to policy rules that name the previous sender; they stay as they are if absent
 * @returns `conflict` with the saved values if someone else saved in between
 */
export async function save(
  deps: MailServerDeps,
  caller: LocalisedCaller,
  input: { change: MailServerChange; version: number; rules?: RulesChoice },
): Promise<Result<{ version: number; changed: string[] }, SaveFault>> {
  const { id, db, vault, deployment } = deps
  const { change, version } = input
  const refused = (fault: SaveFault, reason: string = fault.kind) =>
    refuse(deps, auditEntry('mail-server.save', caller, `mail-server:${id}`, { reason }), fault)
  const current = await loadServer(db, id)
  if ((current?.version ?? 0) !== version) return conflict(deps, caller, 'mail-server.save', version)

  const secret = secretOf(change, current, deployment.clouds)
  if (!secret.ok) {
    const field = change.settings.type === 'smtp' ? 'password' : 'clientSecret'
    return refused({ kind: 'secret', fault: secret.error, field }, `secret-${secret.error}`)
  }
  const changed = changedFields(current, change)
  if (current?.settings && secret.value.kind !== 'typed' && changed.length === 0) return ok({ version, changed })

  const key = await checkSealingKey(deps)
  if (secret.value.kind === 'typed' && !key.ok) return refused({ kind: 'key-wrong', kid: key.error.kid })

  if (startsAllowingSenders(current, change) && (await verifiedAddresses(deps, change.settings)).length === 0)
    return refused({ kind: 'none-verified' })

  const senders = { before: current?.settings ?? null, after: change.settings }
  const policy = await rulesForNewSender(deps, caller, input.rules ?? { kind: 'leave' }, senders)
  if (!policy.ok) return policy

  const digest = credentialDigest(secret.value, vault)
  const write: SettingsWrite = {
    basedOn: version,
    settings: change.settings,
    digest: revisionDigest(change.settings, digest, vault),
    savedBy: actorName(caller.actor),
    credential: await credentialWrite(deps, caller, secret.value, change),
    previous: previousCredential(deps, current, change.settings),
    policy: policy.value,
    audit: auditEntry('mail-server.save', caller, `mail-server:${id}`, {
      version: version + 1,
      changed: changed.join(', '),
      secret: secret.value.kind === 'typed' ? 'changed' : secret.value.kind,
      secretDigest: digest,
    }),
  }
  const written = await writeSettings(db, id, write, deps.clock.now())
  if (written.ok) return ok({ version: written.value.version, changed })
  // Someone saved the policy rules at the same moment: whether they still name the previous sender is decided again.
  return written.error === 'rules-changed'
    ? save(deps, caller, input)
    : conflict(deps, caller, 'mail-server.save', version)
}

/**
 * Whether the change newly allows individual senders at Exchange. If they were allowed before, they stay allowed even when none is
 * verified any more: only verified ones are used, and no other change has to wait for them.
 */
function startsAllowingSenders(current: StoredServer | null, { settings }: MailServerChange): boolean {
  const before = current?.settings
  const allowed = before?.type === 'exchange-online-oauth2' && before.allowIndividualSenders
  return settings.type === 'exchange-online-oauth2' && settings.allowIndividualSenders && !allowed
}

/** Until when the credential that was current may be used as fallback; null if the destination changes. */
export const previousCredential = (
  { deployment, clock }: MailServerDeps,
  current: StoredServer | null,
  settings: MailServerSettings,
): SettingsWrite['previous'] =>
  hasSameDestination(current, settings, deployment.clouds)
    ? { fallbackUntil: fallbackUntil(current?.credential?.expiresAt ?? null, clock.now()) }
    : null

async function credentialWrite(
  { vault }: MailServerDeps,
  caller: LocalisedCaller,
  secret: SecretInUse,
  { secretExpiresAt }: MailServerChange,
): Promise<SettingsWrite['credential']> {
  switch (secret.kind) {
    case 'none':
      return { kind: 'none' }
    case 'kept': {
      const { expiresAt: stored, kind } = secret.credential
      // A certificate contains its expiry date, and the other kinds have none.
      if (kind !== 'client-secret') return { kind: 'kept', id: secret.credential.id, expiresAt: stored }
      // The form knows only the day: the same day keeps the stored time of day.
      const expiresAt = stored && dayOf(stored) === dayOf(secretExpiresAt) ? stored : secretExpiresAt
      return { kind: 'kept', id: secret.credential.id, expiresAt }
    }
    case 'typed': {
      const id = newId()
      return {
        kind: 'new',
        row: {
          id,
          kind: secret.value.kind,
          thumbprint: null,
          sealed: await vault.seal(
            secret.value.secret,
            credentialBinding(id, destinationText(secret.destination), secret.value.kind),
          ),
          kid: vault.currentKid(),
          digest: credentialDigest(secret, vault) ?? '',
          expiresAt: secretExpiresAt,
          createdBy: actorName(caller.actor),
        },
      }
    }
  }
}

/** Names of the settings that differ, as form and settings file name them. */
function changedFields(current: StoredServer | null, change: MailServerChange): string[] {
  const before = (current?.settings ?? {}) as Partial<Record<string, unknown>>
  const after = change.settings as unknown as Record<string, unknown>
  const names = [...new Set([...Object.keys(before), ...Object.keys(after)])].filter(
    (name) => before[name] !== after[name],
  )
  if (change.secret.kind === 'replace') names.push(change.settings.type === 'smtp' ? 'password' : 'clientSecret')
  // Only a client secret has a typed expiry date.
  const typedBefore = current?.credential?.kind === 'client-secret' ? current.credential.expiresAt : null
  const isTyped = change.secret.kind === 'replace' || (current?.credential?.kind ?? 'client-secret') === 'client-secret'
  if (isTyped && dayOf(typedBefore) !== dayOf(change.secretExpiresAt)) names.push('secretExpiresAt')
  return names.map((name) => (name === 'username' ? 'login' : name))
}

/** Refuses a save or a restore that is based on an old version. The form shows both the saved and the submitted values. */
export async function conflict(
  { id, db, audit, deployment }: MailServerDeps,
  caller: LocalisedCaller,
  action: 'mail-server.save' | 'mail-server.restore',
  basedOn: number,
): Promise<Result<never, Conflict>> {
  const server = await loadServer(db, id)
  const version = server?.version ?? 0
  const revision = server && (await loadRevision(db, id, version))
  const entry = auditEntry(action, caller, `mail-server:${id}`, { madeOn: basedOn, version })
  if (!server && (await isRemoved({ id, db }))) return refuse({ audit }, entry, { kind: 'removed' })
  const before = (await loadRevision(db, id, basedOn))?.settings
  return refuse({ audit }, entry, {
    kind: 'conflict',
    version,
    base: before ? { ...fieldsOf(before, null, deployment.clouds), secretExpiresAt: undefined } : {},
    theirs: {
      by: revision?.savedBy ?? '',
      isOwn: revision?.savedBy === actorName(caller.actor),
      fields: server?.settings
        ? fieldsOf(server.settings, server.credential, deployment.clouds)
        : defaultFields(deployment.clouds),
    },
  })
}
