import type { CredentialsDeps } from './deps'
import { readCredential } from './store/credentials'

/** A stored certificate as DER, to upload in the portal, or null if the credential is no certificate. */
export async function certificateFile(
  { db, certificates }: CredentialsDeps,
  credentialId: string,
): Promise<{ name: string; bytes: Buffer } | null> {
  const credential = await readCredential(db, credentialId)
  if (!credential?.certificate || !credential.thumbprint) return null
  const name = `postroom-${credential.thumbprint.slice(0, 8).toLowerCase()}.cer`
  return { name, bytes: certificates.der(credential.certificate) }
}
