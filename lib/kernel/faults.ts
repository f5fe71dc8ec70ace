import type { DiagnosisCode } from './diagnosis-code'

/**
 * What went wrong outside, as the adapter at the door saw it. Evidence texts are already scrubbed: no secret, control
 * characters escaped, 512 characters at most (S-14). `lib/diagnosis` turns a fault into exactly one code.
 */
export type Fault = SettingsFault | AssertionFault | NetFault | EntraFault | ClaimsFault | SmtpFault

/** Nothing was tried: the settings alone do not suffice. `evidence` names the fields, or why the store cannot open. */
export interface SettingsFault {
  kind: 'settings'
  code: Extract<DiagnosisCode, 'settings-incomplete' | 'secret-missing' | 'secret-unreadable'>
  evidence: string
}

/**
 * The deployment is to prove who we are in place of a secret, and does not, or by something that is of no use. Entra was
 * not asked.
 */
export interface AssertionFault {
  kind: 'assertion'
  code: Extract<DiagnosisCode, 'secret-missing' | 'secret-unreadable' | 'assertion-time-invalid'>
  source: 'federated-token' | 'managed-identity'
  evidence: string
}

/** A token came, but its claims say that it is of no use; no AUTH is sent. */
export interface ClaimsFault {
  kind: 'claims'
  code: Extract<
    DiagnosisCode,
    'token-wrong-audience' | 'token-wrong-tenant' | 'token-delegated' | 'clock-wrong' | 'token-reply-invalid'
  >
  evidence: string
}

/** No usable connection. `code` is one of the connection rows of the code table. */
export interface NetFault {
  kind: 'net'
  code: NetFaultCode
  host: string
  port: number
  evidence: string
  /** The peer's own clock, where it told it before the fault (an HTTP `Date` header). */
  peerDate?: Date
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

/** The token endpoint answered, but not with a token. */
export interface EntraFault {
  kind: 'entra'
  /** Whole AADSTS number, e.g. 7000222; null when the answer carried none. */
  number: number | null
  /** HTTP status; null when MSAL refused before any request. */
  httpStatus: number | null
  /** OAuth error word or MSAL's own code, e.g. `invalid_client`, `missing_tenant_id_error`. */
  error: string
  evidence: string
  traceId: string | null
  correlationId: string | null
  /** The answer was unusable: a redirect, HTML, too large, no token in a 200 (N-07, N-08). */
  badReply: boolean
  peerDate: Date | null
  retryAfterMs: number | null
}

/** The SMTP server refused a step. */
export interface SmtpFault {
  kind: 'smtp'
  /** Basic code, e.g. 535. */
  code: number
  /** Enhanced status code as sent, e.g. `5.7.3`; null when absent. */
  enhanced: string | null
  /** Whole reply, lines joined by a blank, scrubbed. */
  reply: string
  /** AUTH was never tried because the mechanism is not offered, or the address needs SMTPUTF8 which is not offered. */
  missing?: 'auth-mechanism' | 'smtputf8' | 'size'
  /** How the login was tried: a 535 means different things for a password and for a token. */
  login: 'none' | 'password' | 'xoauth2'
  /** A 334 challenge's decoded JSON, scrubbed, where one came. */
  challenge?: string
}

/** The claims of an access token, decoded for diagnosis only; nothing is verified and nothing is kept. */
export interface TokenClaims {
  aud: string | null
  tid: string | null
  appid: string | null
  /** The service principal's object id: what `New-ServicePrincipal -ObjectId` needs. */
  oid: string | null
  roles: string[]
  scp: string | null
  notBefore: Date | null
  expiresAt: Date | null
}
