/** An app registration as Graph shows it, stored or generated. */
export interface Registered {
  id: string
  appId: string
  displayName: string
  createdAt: Date
  passwords: RegisteredPassword[]
  keys: RegisteredKey[]
  owners: Owner[]
}

interface RegisteredCredential {
  keyId: string
  displayName: string | null
  startsAt: Date
  expiresAt: Date
}

export interface RegisteredPassword extends RegisteredCredential {
  hint: string
}

export interface RegisteredKey extends RegisteredCredential {
  /** SHA-1 of the certificate, forty hexadecimal digits. */
  thumbprint: string
  /** Base64 of the certificate's DER, or null for a generated application. */
  key: string | null
}

export type Owner =
  | { kind: 'user'; id: string; displayName: string; userPrincipalName: string }
  | { kind: 'servicePrincipal'; id: string; displayName: string; appId: string }
