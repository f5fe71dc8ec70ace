/** How the console authenticates to a mail server or to Entra. */
export const CREDENTIAL_KINDS = [
  'client-secret',
  'certificate',
  'federated-token',
  'managed-identity',
  'smtp-password',
] as const
export type CredentialKind = (typeof CREDENTIAL_KINDS)[number]

/** What can expire: credentials of mail servers, and API keys of clients. */
export const EXPIRING_KINDS = [...CREDENTIAL_KINDS, 'api-key'] as const
export type ExpiringKind = (typeof EXPIRING_KINDS)[number]

/** Whether a row of this kind contains a sealed text: a secret, a password or a private key. */
export const hasSealedText = (kind: CredentialKind): boolean =>
  kind !== 'federated-token' && kind !== 'managed-identity'

/** Reads the kind from the database. Throws if another program stored a kind that we do not know. */
export function credentialKind(text: string): CredentialKind {
  const kind = CREDENTIAL_KINDS.find((known) => known === text)
  if (!kind) throw new Error(`No such kind of credential: ${text.slice(0, 40)}`)
  return kind
}
