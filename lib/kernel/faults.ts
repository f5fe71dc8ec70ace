import type { DiagnosisCode } from './diagnosis-code'

/**
 * What went wrong outside, as the vendor's client observed it. Evidence texts are already scrubbed: no secret, control
 * characters escaped, 512 characters at most. `lib/diagnosis` turns a fault into exactly one code.
 */
export type Fault = SettingsFault | AssertionFault | NetFault | EntraFault | ClaimsFault | SmtpFault

/** Nothing was attempted because the settings are not sufficient. `evidence` names the fields, or why the secret cannot be opened. */
export interface SettingsFault {
  kind: 'settings'
  code: Extract<DiagnosisCode, 'settings-incomplete' | 'secret-missing' | 'secret-unreadable'>
  evidence: string
}

/** The deployment should provide a client assertion in place of a secret, and gives none or an unusable one. No request was sent to Entra. */
export interface AssertionFault {
  kind: 'assertion'
  code: Extract<DiagnosisCode, 'secret-missing' | 'secret-unreadable' | 'assertion-time-invalid'>
  source: 'federated-token' | 'managed-identity'
  evidence: string
}

/** Entra gave a token whose claims show that it cannot be used, so no AUTH is sent. */
export interface ClaimsFault {
  kind: 'claims'
  code: Extract<
    DiagnosisCode,
    'token-wrong-audience' | 'token-wrong-tenant' | 'token-delegated' | 'clock-wrong' | 'token-reply-invalid'
  >
  evidence: string
}

/** There is no usable connection. */
export interface NetFault {
  kind: 'net'
  code: NetFaultCode
  host: string
  port: number
  evidence: string
}

export type NetFaultCode = Extract<
  DiagnosisCode,
  | 'name-not-found'
  | 'name-lookup-failed'
  | 'address-not-allowed'
  | 'connection-refused'
  | 'connection-timed-out'
  | 'connection-lost'
  | 'network-unreachable'
  | 'certificate-untrusted'
  | 'certificate-expired'
  | 'certificate-name-mismatch'
  | 'tls-version-unsupported'
  | 'tls-handshake-refused'
  | 'tls-expected'
  | 'starttls-not-offered'
  | 'not-an-smtp-server'
  | 'deadline-passed'
>

/** The token endpoint answered without a token. */
export interface EntraFault {
  kind: 'entra'
  /** AADSTS number, e.g. 7000222, or null if the answer has none. */
  number: number | null
  /** HTTP status, or null if MSAL failed before any request. */
  httpStatus: number | null
  /** OAuth error word or MSAL's own code, e.g. `invalid_client`, `missing_tenant_id_error`. */
  error: string
  evidence: string
  /** The answer was unusable: a redirect, HTML, too large, or a 200 without a token. */
  badReply: boolean
  peerDate: Date | null
  retryAfterMs: number | null
}

/** The SMTP server rejected a step. */
export interface SmtpFault {
  kind: 'smtp'
  code: number
  /** Enhanced status code as sent, e.g. `5.7.3`, or null if there is none. */
  enhanced: string | null
  /** The whole reply, scrubbed, with its lines joined by a space. */
  reply: string
  /** What the server does not offer, so that we did not attempt the step. */
  missing?: 'auth-mechanism' | 'smtputf8' | 'size'
  /** Kind of login that was attempted: a 535 means different things for a password and for a token. */
  login: 'none' | 'password' | 'xoauth2'
  /** The decoded JSON of a 334 challenge, scrubbed, if the server sent one. */
  challenge?: string
}

/** The claims of an access token, decoded for diagnosis only. They are neither verified nor stored. */
export interface TokenClaims {
  aud: string | null
  tid: string | null
  appid: string | null
  /** Object ID of the service principal, which `New-ServicePrincipal -ObjectId` needs. */
  oid: string | null
  roles: string[]
  scp: string | null
  notBefore: Date | null
  expiresAt: Date | null
}
