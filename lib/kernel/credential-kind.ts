/** How the console proves to a mail server, or to Entra, who it is. */
export const CREDENTIAL_KINDS = [
  'client-secret',
  'certificate',
  'federated-token',
  'managed-identity',
  'smtp-password',
] as const
export type CredentialKind = (typeof CREDENTIAL_KINDS)[number]

/** Kinds whose row seals a text: a secret, a password, a private key. */
export const holdsSecret = (kind: CredentialKind): boolean => kind !== 'federated-token' && kind !== 'managed-identity'

/** As the database has it; anything else was put there by somebody else. */
export function credentialKind(text: string): CredentialKind {
  const kind = CREDENTIAL_KINDS.find((known) => known === text)
  if (!kind) throw new Error(`No such kind of credential: ${text.slice(0, 40)}`)
  return kind
}
