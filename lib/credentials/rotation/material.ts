import type { CertificateWithKey } from '../../crypto/certificates/pair'
import { actorName, DAY_MS, HOUR_MS, newId, pick } from '../../kernel'
import { destinationText } from '../../kernel/destination'
import { credentialBinding, type Vault } from '../../kernel/sealing'
import type { CredentialsDeps } from '../deps'
import type { EntraServer } from '../entra'
import { digestOfCredential, type OpenedCredential, secretIn } from '../open-credential'
import { insertNext, type NewCredential } from '../store/slots'
import { callerOf, callGraph, rotationEntry, type Turn } from './turn'

/** What is known about a credential before it is sealed. */
export interface Material
  extends Omit<NewCredential, 'id' | 'kind' | 'sealed' | 'kid' | 'digest' | 'thumbprint' | 'createdBy'> {
  credential: Exclude<OpenedCredential, { kind: 'smtp-password' }>
}

/** A credential of which nothing is known yet. */
export const BARE = {
  applicationObjectId: null,
  certificate: null,
  keyId: null,
  hint: null,
  startsAt: null,
  expiresAt: null,
  expirySource: null,
}

export const materialOfCertificate = (certificate: CertificateWithKey, note: string): Material => ({
  ...BARE,
  ...pick(certificate, 'certificate', 'startsAt', 'expiresAt'),
  credential: { kind: 'certificate', ...pick(certificate, 'privateKey', 'thumbprint') },
  expirySource: 'certificate',
  note,
})

/** Seals a credential for its row and for this server's destination. */
export async function sealed(
  vault: Vault,
  { destination }: EntraServer,
  { credential, ...known }: Material,
  createdBy: string,
): Promise<NewCredential> {
  const id = newId()
  const secret = secretIn(credential)
  return {
    ...known,
    id,
    kind: credential.kind,
    sealed: secret && (await vault.seal(secret, credentialBinding(id, destinationText(destination), credential.kind))),
    kid: secret && vault.currentKid(),
    digest: digestOfCredential(credential, destination, vault),
    thumbprint: credential.kind === 'certificate' ? credential.thumbprint : null,
    createdBy,
  }
}

/**
 * Stores what Microsoft gives or will get as the next credential. If the mail server was saved in between, nothing is stored, and the rotation
 * is due again after the lease.
 */
export async function storeNext(deps: CredentialsDeps, turn: Turn, material: Material, step: 'sealed' | 'added') {
  const { rotation, server } = turn
  const caller = callerOf(rotation)
  const credential = await sealed(deps.vault, server, material, actorName(caller.actor))
  const { id, keyId, thumbprint, digest, expiresAt } = credential
  const known = { credential: id, digest, expiresAt: expiresAt?.toISOString() ?? null }
  const details = step === 'sealed' ? { step, ...known, thumbprint } : { step, ...known, keyId }
  await insertNext(deps, {
    mailServerId: rotation.mailServerId,
    serverVersion: server.version,
    credential,
    rotation: { continues: rotation.id, step },
    audit: rotationEntry('rotation.step', caller, rotation, details),
  })
}

/** Many tenants' policies allow it, and it is long enough to rotate twice a year. */
const LIFE_DAYS = 180
/** The policy counts by Microsoft's clock, which may be behind ours. */
const CLOCK_DIFFERENCE_MS = HOUR_MS

/**
 * The tenant's policy on new credentials, if it may be read, which is rare. Its longest lifetime is respected. What it forbids is
 * requested anyway, because the policy does not say which applications are exempt (older ones, or those with a policy of their
 * own); Graph decides.
 */
export async function lifetimeRule(deps: CredentialsDeps, turn: Turn, kind: 'password' | 'certificate') {
  const read = await callGraph(deps, turn, (request) => deps.directory.policy(request, turn.signal))
  const rule = read.ok && read.value.enabled ? read.value[kind] : null
  const allowedMs = rule?.daysMax == null ? null : rule.daysMax * DAY_MS - CLOCK_DIFFERENCE_MS
  return {
    forbidden: rule?.forbidden ?? false,
    lifeMs: Math.min(LIFE_DAYS * DAY_MS, allowedMs ?? Number.POSITIVE_INFINITY),
  }
}
