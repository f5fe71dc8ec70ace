import type { AuditEntry } from '../audit/entry'
import { revisionDigest } from '../credentials/digest'
import { fallbackUntil } from '../credentials/fallback'
import type { LocalisedCaller } from '../i18n/locale'
import { actorName } from '../kernel/actor'
import type { Cloud } from '../kernel/clouds'
import { destinationText, sameDestination } from '../kernel/destination'
import { newId } from '../kernel/ids'
import { destinationOf, type MailServerSettings } from '../kernel/mail-server-settings'
import { fail, ok, type Result } from '../kernel/result'
import { credentialBinding } from '../kernel/sealing'
import type { MailServerDeps } from './deps'
import { credentialDigest } from './digest'
import { dayOf, defaultFields, fieldsOf, type MailServerFields } from './form-fields'
import type { SettingsWrite, StoredServer } from './ports'
import { type SecretFault, type SecretInUse, secretOf } from './secret-reuse'
import type { MailServerChange } from './settings'
import { type RulesAffected, type RulesChoice, rulesAlong } from './update-policy-rules'

export type SaveFault =
  | { kind: 'secret'; fault: SecretFault; field: 'clientSecret' | 'password' }
  | { kind: 'conflict'; theirs: { by: string; at: Date; fields: MailServerFields }; version: number }
  | { kind: 'key-wrong'; kid: string }
  /** Individual senders are allowed from now on, and nobody's address is proven under these settings. */
  | { kind: 'none-verified' }
  /** Rules name the former sender, and nobody has said what becomes of them. */
  | RulesAffected

export type Saved = Result<{ version: number; changed: string[] }, SaveFault>

/**
 * Stores a change as revision n+1 together with its credential and its audit row: all of it, or nothing. Made on an
 * old version, it is refused with what stands there now. A change that changes nothing is no revision.
 */
export async function save(
  deps: MailServerDeps,
  caller: LocalisedCaller,
  { change, version, rules: choice }: { change: MailServerChange; version: number; rules: RulesChoice },
): Promise<Saved> {
  const { store, vault, rules, clock } = deps
  const current = await store.load()
  if ((current?.version ?? 0) !== version) return conflict(deps, caller, version)

  const secret = secretOf(change, current, rules.clouds)
  if (!secret.ok) {
    const field = change.settings.type === 'smtp' ? 'password' : 'clientSecret'
    return refused(deps, caller, { kind: 'secret', fault: secret.error, field })
  }
  const changed = changedFields(current, change)
  if (current?.settings && secret.value.kind !== 'typed' && changed.length === 0) return ok({ version, changed })

  const sound = await deps.keysSound()
  if (secret.value.kind === 'typed' && !sound.ok)
    return refused(deps, caller, { kind: 'key-wrong', kid: sound.error.kid })

  if (allowsFromNowOn(current, change) && (await deps.verifiedOthers(change.settings)).length === 0)
    return refused(deps, caller, { kind: 'none-verified' })

  const along = await rulesAlong(deps, caller, choice, { before: current?.settings ?? null, after: change.settings })
  if (!along.ok) return along

  const credential = await credentialWrite(deps, caller, secret.value, change)
  const digest = revisionDigest(change.settings, credentialDigest(secret.value, vault), vault)
  const written = await store.write({
    after: version,
    settings: change.settings,
    digest,
    savedBy: actorName(caller.actor),
    credential,
    former: isSameDestination(current, change, rules.clouds)
      ? { fallbackUntil: fallbackUntil(current?.credential?.expiresAt ?? null, clock.now()) }
      : null,
    policy: along.value,
    audit: saveEntry('mail-server.save', store.id, caller, {
      version: version + 1,
      changed: changed.join(', '),
      secret: SECRET_WORDS[secret.value.kind],
      secretDigest: credentialDigest(secret.value, vault),
    }),
  })
  if (written.ok) return ok({ version: written.value.version, changed })
  // The rules were changed at the same moment: they are looked at again, and asked about if they still name the former sender.
  if (written.error === 'rules-changed') return save(deps, caller, { change, version, rules: choice })
  return conflict(deps, caller, version)
}

/**
 * At Exchange. What was allowed before stays so although its proofs are gone: only proven addresses are used, and no other change
 * is to wait for them.
 */
function allowsFromNowOn(current: StoredServer | null, { settings }: MailServerChange): boolean {
  const before = current?.settings
  const allowed = before?.type === 'exchange-online-oauth2' && before.allowIndividualSenders
  return settings.type === 'exchange-online-oauth2' && settings.allowIndividualSenders && !allowed
}

/** Another destination makes every stored credential useless; the same one lets the former stand in. */
export function isSameDestination(
  before: Pick<StoredServer, 'settings'> | null,
  after: { settings: MailServerSettings },
  clouds: readonly Cloud[],
): boolean {
  const from = before?.settings ? destinationOf(before.settings, clouds) : null
  const to = destinationOf(after.settings, clouds)
  return from !== null && to !== null && sameDestination(from, to)
}

const SECRET_WORDS = { none: 'none', kept: 'kept', typed: 'changed' } as const

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
      // A certificate says itself when it ends, and what has no end needs no date.
      if (kind !== 'client-secret') return { kind: 'kept', id: secret.credential.id, expiresAt: stored }
      // The form knows the day only: the same day keeps the instant that was stored.
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
          sealed: await vault.seal(secret.value.secret, credentialBinding(id, destinationText(secret.destination))),
          kid: vault.currentKid(),
          digest: credentialDigest(secret, vault) ?? '',
          expiresAt: secretExpiresAt,
          createdBy: actorName(caller.actor),
        },
      }
    }
  }
}

/** Names of the settings that differ, by the names of form and file. */
function changedFields(current: StoredServer | null, change: MailServerChange): string[] {
  const before = (current?.settings ?? {}) as Partial<Record<string, unknown>>
  const after = change.settings as unknown as Record<string, unknown>
  const names = [...new Set([...Object.keys(before), ...Object.keys(after)])].filter(
    (name) => before[name] !== after[name],
  )
  if (change.secret.kind === 'replace') names.push(change.settings.type === 'smtp' ? 'password' : 'clientSecret')
  // A date is typed for a client secret only; any other credential keeps its own.
  const typedBefore = current?.credential?.kind === 'client-secret' ? current.credential.expiresAt : null
  const isTyped = change.secret.kind === 'replace' || (current?.credential?.kind ?? 'client-secret') === 'client-secret'
  if (isTyped && dayOf(typedBefore) !== dayOf(change.secretExpiresAt)) names.push('secretExpiresAt')
  return names.map((name) => (name === 'username' ? 'login' : name))
}

export function saveEntry(
  action: 'mail-server.save' | 'mail-server.restore',
  id: string,
  { actor, origin }: LocalisedCaller,
  details: AuditEntry['details'],
  result: AuditEntry['result'] = 'done',
): AuditEntry {
  return { action, actor, origin, result, subject: `mail-server:${id}`, details }
}

async function refused<F extends SaveFault>(deps: MailServerDeps, caller: LocalisedCaller, fault: F) {
  const reason = fault.kind === 'secret' ? `secret-${fault.fault}` : fault.kind
  await deps.audit.record(saveEntry('mail-server.save', deps.store.id, caller, { reason }, 'refused'))
  return fail(fault)
}

/** What stands there now, for the form to show beside what was typed (F-66). */
export async function conflict(
  deps: MailServerDeps,
  caller: LocalisedCaller,
  madeOn: number,
  action: Parameters<typeof saveEntry>[0] = 'mail-server.save',
): Promise<Saved> {
  const { store, rules, clock } = deps
  const now = await store.load()
  const revision = now ? await store.revision(now.version) : null
  await deps.audit.record(
    saveEntry(action, store.id, caller, { reason: 'conflict', madeOn, version: now?.version ?? 0 }, 'refused'),
  )
  return fail({
    kind: 'conflict',
    version: now?.version ?? 0,
    theirs: {
      by: revision?.savedBy ?? '',
      at: revision?.savedAt ?? clock.now(),
      fields: now?.settings
        ? fieldsOf(now.settings, now.credential?.expiresAt ?? null, rules.clouds)
        : defaultFields(rules.clouds),
    },
  })
}
