import type { CertificateProblem, CertificateWithKey } from '../../crypto/certificates/contracts'
import type { Caller } from '../../kernel/actor'
import { actorName } from '../../kernel/actor'
import { destinationText } from '../../kernel/destination'
import { newId } from '../../kernel/ids'
import type { Redacted } from '../../kernel/redacted'
import { fail, ok, type Result } from '../../kernel/result'
import { credentialBinding, type Vault } from '../../kernel/sealing'
import { credentialEntry } from '../audit'
import type { CredentialsDeps } from '../deps'
import { digestOfCredential } from '../digest'
import { type EntraServer, isEntraServer } from '../entra'
import { type OpenedCredential, secretIn } from '../open-credential'
import type { AddFault, NewCredential, Rotation, RotationWay } from '../ports'

/** What an administrator puts into the slot `next`. */
export type CredentialInput =
  | { kind: 'secret'; value: Redacted; expiresAt: Date | null }
  /** Made here: the private key never leaves. */
  | { kind: 'make-certificate'; days: number }
  | { kind: 'import-pem'; text: Redacted; password: Redacted | null }
  | { kind: 'import-pfx'; bytes: Buffer; password: Redacted | null }
  | { kind: 'federated-token' }
  | { kind: 'managed-identity' }

export type AddNextFault =
  | { kind: 'no-server' }
  /** A password is replaced on the Mail server page; it has no slots. */
  | { kind: 'not-entra' }
  | { kind: 'key-wrong'; kid: string }
  | { kind: 'certificate'; problem: CertificateProblem }
  /** The very credential that is current. */
  | { kind: 'same-as-current' }
  | { kind: AddFault }

/** What is known of a credential before it is sealed. */
export interface Material {
  credential: Exclude<OpenedCredential, { kind: 'smtp-password' }>
  certificate: string | null
  keyId: string | null
  hint: string | null
  applicationObjectId: string | null
  startsAt: Date | null
  expiresAt: Date | null
  expirySource: NewCredential['expirySource']
  note: string
}

const CERTIFICATE_DAYS_MIN = 1
/** As long as the portal lets a secret live. */
export const CERTIFICATE_DAYS_MAX = 730

/**
 * Prepares a credential beside the current one. Mail does not use it until it was tested and made current, so that a wrong one
 * stops nothing (S-18).
 */
export async function addNext(
  deps: CredentialsDeps,
  caller: Caller,
  { mailServerId, given, note }: { mailServerId: string; given: CredentialInput; note: string },
): Promise<Result<{ credentialId: string }, AddNextFault>> {
  const { store, clock } = deps
  const slots = await store.slots(mailServerId, clock.now())
  if (!slots) return refused(deps, caller, { kind: 'no-server' })
  const { server, current } = slots
  if (!isEntraServer(server)) return refused(deps, caller, { kind: 'not-entra' })
  const sound = await deps.keysSound()
  if (!sound.ok) return refused(deps, caller, { kind: 'key-wrong', kid: sound.error.kid })

  const material = await materialOf(deps, server, given, note)
  if (!material.ok) return refused(deps, caller, { kind: 'certificate', problem: material.error })
  const credential = await sealed(deps.vault, server, material.value, actorName(caller.actor))
  if (credential.digest === current?.digest) return refused(deps, caller, { kind: 'same-as-current' })

  const added = await store.addNext({
    mailServerId,
    serverVersion: server.version,
    credential,
    rotation: { begin: beginning(caller, WAY_OF[given.kind], credential.id) },
    audit: credentialEntry('credential.add-next', caller, credential.id, {
      kind: credential.kind,
      expiresAt: credential.expiresAt?.toISOString() ?? null,
      digest: credential.digest,
    }),
  })
  return added.ok ? ok({ credentialId: credential.id }) : refused(deps, caller, { kind: added.error })
}

const WAY_OF: Record<CredentialInput['kind'], RotationWay> = {
  secret: 'typed',
  'make-certificate': 'certificate-upload',
  'import-pem': 'certificate-upload',
  'import-pfx': 'certificate-upload',
  'federated-token': 'no-secret',
  'managed-identity': 'no-secret',
}

const beginning = (
  { actor }: Caller,
  way: RotationWay,
  credentialId: string,
): Pick<Rotation, 'id' | 'way' | 'label' | 'automatic' | 'startedBy'> => ({
  id: newId(),
  way,
  label: `Postroom ${credentialId.slice(0, 8)}`,
  automatic: false,
  startedBy: actor,
})

async function materialOf(
  { certificates, clock }: CredentialsDeps,
  { exchange, name }: EntraServer,
  given: CredentialInput,
  note: string,
): Promise<Result<Material, CertificateProblem>> {
  const now = clock.now()
  switch (given.kind) {
    case 'secret': {
      const { value, expiresAt } = given
      const expirySource = expiresAt === null ? null : 'typed'
      return ok({ ...BARE, credential: { kind: 'client-secret', secret: value }, expiresAt, expirySource, note })
    }
    case 'federated-token':
    case 'managed-identity':
      return ok({ ...BARE, credential: { kind: given.kind }, note })
    case 'make-certificate': {
      const days = Math.min(CERTIFICATE_DAYS_MAX, Math.max(CERTIFICATE_DAYS_MIN, Math.trunc(given.days)))
      const made = await certificates.make({ name: `Postroom ${name} ${exchange.clientId}`, days, now })
      return ok(materialOfCertificate(made, note))
    }
    case 'import-pem':
    case 'import-pfx': {
      const input =
        given.kind === 'import-pem'
          ? ({ kind: 'pem', text: given.text, password: given.password } as const)
          : ({ kind: 'pfx', bytes: given.bytes, password: given.password } as const)
      const read = await certificates.read(input, now)
      return read.ok ? ok(materialOfCertificate(read.value, note)) : read
    }
  }
}

const BARE = {
  applicationObjectId: null,
  certificate: null,
  keyId: null,
  hint: null,
  startsAt: null,
  expiresAt: null,
  expirySource: null,
}

export const materialOfCertificate = (made: CertificateWithKey, note: string): Material => ({
  ...BARE,
  credential: { kind: 'certificate', privateKey: made.privateKey, thumbprint: made.thumbprint },
  certificate: made.certificate,
  startsAt: made.startsAt,
  expiresAt: made.expiresAt,
  expirySource: 'certificate',
  note,
})

/** Sealed for this server's destination, in a row of its own (S-05). */
export async function sealed(
  vault: Vault,
  { destination }: EntraServer,
  { credential, ...known }: Material,
  createdBy: string,
): Promise<NewCredential> {
  const id = newId()
  const text = secretIn(credential)
  return {
    ...known,
    id,
    kind: credential.kind,
    sealed: text && (await vault.seal(text, credentialBinding(id, destinationText(destination)))),
    kid: text && vault.currentKid(),
    digest: digestOfCredential(credential, destination, vault),
    thumbprint: credential.kind === 'certificate' ? credential.thumbprint : null,
    createdBy,
  }
}

async function refused(deps: CredentialsDeps, caller: Caller, fault: AddNextFault) {
  await deps.audit.record(credentialEntry('credential.add-next', caller, null, { reason: fault.kind }, 'refused'))
  return fail(fault)
}
