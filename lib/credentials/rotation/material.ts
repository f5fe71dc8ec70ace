import type { CertificateWithKey } from '../../crypto/certificates/contracts'
import { destinationText } from '../../kernel/destination'
import { newId } from '../../kernel/ids'
import { credentialBinding, type Vault } from '../../kernel/sealing'
import { digestOfCredential } from '../digest'
import type { EntraServer } from '../entra'
import { type OpenedCredential, secretIn } from '../open-credential'
import type { NewCredential } from '../store/slots'

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
  credential: { kind: 'certificate', privateKey: certificate.privateKey, thumbprint: certificate.thumbprint },
  certificate: certificate.certificate,
  startsAt: certificate.startsAt,
  expiresAt: certificate.expiresAt,
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
    sealed: secret && (await vault.seal(secret, credentialBinding(id, destinationText(destination)))),
    kid: secret && vault.currentKid(),
    digest: digestOfCredential(credential, destination, vault),
    thumbprint: credential.kind === 'certificate' ? credential.thumbprint : null,
    createdBy,
  }
}
