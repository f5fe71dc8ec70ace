import { auditEntry, refuse } from '../../audit'
import type { CertificateFile } from '../../crypto/certificates'
import type { CertificateProblem } from '../../crypto/certificates/pair'
import { checkSealingKey } from '../../db/sealing-key-check'
import { actorName, type Caller, newId, ok, type Redacted, type Result } from '../../kernel'
import type { CredentialsDeps } from '../deps'
import { type EntraServer, isEntraServer } from '../entra'
import type { AddFault } from '../store/credentials'
import { insertNext, readSlots } from '../store/slots'
import { BARE, type Material, materialOfCertificate, sealed } from './material'
import type { RotationWay } from './rotation'

/** What an administrator enters for the slot `next`. */
export type CredentialInput =
  | { kind: 'secret'; value: Redacted; expiresAt: Date | null }
  /** The certificate is made here, so its private key never leaves. A whole number of days, at most `CERTIFICATE_DAYS_MAX`. */
  | { kind: 'make-certificate'; days: number }
  | { kind: 'import'; file: CertificateFile }
  | { kind: 'federated-token' }
  | { kind: 'managed-identity' }

export type AddNextFault =
  /** `not-entra`: a password has no slots; it is replaced on the Mail server page. */
  | { kind: 'no-server' | 'not-entra' | 'same-as-current' }
  | { kind: 'key-wrong'; kid: string }
  | { kind: 'certificate'; problem: CertificateProblem }
  | AddFault

/** As long as the portal lets a secret live. */
export const CERTIFICATE_DAYS_MAX = 730

/** Prepares a credential in the slot `next`. Mail does not use it until it is tested and made current, so a wrong one does no harm. */
export async function addNext(
  deps: CredentialsDeps,
  caller: Caller,
  { mailServerId, input, note }: { mailServerId: string; input: CredentialInput; note: string },
): Promise<Result<{ credentialId: string }, AddNextFault>> {
  const refused = (fault: AddNextFault) => refuse(deps, auditEntry('credential.add-next', caller, null), fault)
  const slots = await readSlots(deps, mailServerId, deps.clock.now())
  if (!slots) return refused({ kind: 'no-server' })
  const { server, current } = slots
  if (!isEntraServer(server)) return refused({ kind: 'not-entra' })
  const sound = await checkSealingKey(deps)
  if (!sound.ok) return refused({ kind: 'key-wrong', kid: sound.error.kid })

  const material = await materialOf(deps, server, input, note)
  if (!material.ok) return refused({ kind: 'certificate', problem: material.error })
  const credential = await sealed(deps.vault, server, material.value, actorName(caller.actor))
  if (credential.digest === current?.digest) return refused({ kind: 'same-as-current' })

  const added = await insertNext(deps, {
    mailServerId,
    serverVersion: server.version,
    credential,
    rotation: {
      begin: {
        id: newId(),
        way: WAY_OF[input.kind],
        label: `Postroom ${credential.id.slice(0, 8)}`,
        automatic: false,
        startedBy: caller.actor,
      },
    },
    audit: auditEntry('credential.add-next', caller, `credential:${credential.id}`, {
      kind: credential.kind,
      expiresAt: credential.expiresAt?.toISOString() ?? null,
      digest: credential.digest,
    }),
  })
  return added.ok ? ok({ credentialId: credential.id }) : refused(added.error)
}

const WAY_OF: Record<CredentialInput['kind'], RotationWay> = {
  secret: 'typed',
  'make-certificate': 'certificate-upload',
  import: 'certificate-upload',
  'federated-token': 'no-secret',
  'managed-identity': 'no-secret',
}

async function materialOf(
  { certificates, clock }: CredentialsDeps,
  { exchange, name }: EntraServer,
  input: CredentialInput,
  note: string,
): Promise<Result<Material, CertificateProblem>> {
  const now = clock.now()
  switch (input.kind) {
    case 'secret': {
      const { value, expiresAt } = input
      const expirySource = expiresAt === null ? null : 'typed'
      return ok({ ...BARE, credential: { kind: 'client-secret', secret: value }, expiresAt, expirySource, note })
    }
    case 'federated-token':
    case 'managed-identity':
      return ok({ ...BARE, credential: { kind: input.kind }, note })
    case 'make-certificate': {
      const subject = `Postroom ${name} ${exchange.clientId}`
      const certificate = await certificates.make({ name: subject, days: input.days, now })
      return ok(materialOfCertificate(certificate, note))
    }
    case 'import': {
      const read = await certificates.read(input.file, now)
      return read.ok ? ok(materialOfCertificate(read.value, note)) : read
    }
  }
}
