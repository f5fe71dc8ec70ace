import type { Cloud } from '../kernel/clouds'
import type { AssertionFault, EntraFault, NetFault } from '../kernel/faults'
import type { Redacted } from '../kernel/redacted'
import type { Result } from '../kernel/result'

/** A bearer for SMTP. Never logged, never stored. */
export interface AccessToken {
  bearer: Redacted
  expiresAt: Date
  /** The token endpoint's own clock (`Date` header), to tell a wrong clock here from a dead token; null when it sent none. */
  peerDate: Date | null
}

/** Whose token is asked for: Exchange's, to send mail, or Microsoft Graph's, to look after credentials. */
export type TokenResource = 'exchange' | 'graph'

/** How the application proves who it is. The last two hold no secret here: the deployment gives the proof. */
export type ClientCredential =
  | { kind: 'client-secret'; secret: Redacted }
  /** PEM of the private key; SHA-256 of the certificate as 64 hexadecimal digits. */
  | { kind: 'certificate'; privateKey: Redacted; thumbprint: string }
  | { kind: 'federated-token' }
  | { kind: 'managed-identity' }

export interface TokenRequest {
  cloud: Cloud
  /** GUID or a verified domain of the tenant. */
  tenantId: string
  clientId: string
  resource: TokenResource
  credential: ClientCredential
}

/** No token: Entra said no, could not be reached, or the deployment gave no proof to show it. */
export type TokenFault = EntraFault | NetFault | AssertionFault

export interface TokenSource {
  /** Always asks Entra: no cache, no local throttling. For tests and probes, which must see today's truth. */
  fresh(request: TokenRequest, signal: AbortSignal): Promise<Result<AccessToken, TokenFault>>
}

/** A token was renewed moments ago and is refused again: asking for a third would change nothing. */
export interface JustRenewed {
  kind: 'just-renewed'
}

/**
 * Tokens in memory, and nowhere else (S-15). What is held belongs to cloud, tenant, application, resource, and `key`, which
 * names the credential: a changed credential never gets the former one's token.
 */
export interface TokenCache {
  /**
   * The held token while it is good for five minutes more, else a new one; any number of askers share one question, which
   * `signal` ends for this asker alone. A failure is told again for a few seconds, or as long as `Retry-After` says, before
   * Entra is asked anew.
   */
  token(key: string, request: TokenRequest, signal: AbortSignal): Promise<Result<AccessToken, TokenFault>>
  /**
   * Another token, after a server refused this one (535, 401): the one that was got meanwhile, or a new one. Once; whoever is
   * refused again pauses and says why.
   */
  renew(
    key: string,
    request: TokenRequest,
    refused: AccessToken,
    signal: AbortSignal,
  ): Promise<Result<AccessToken, TokenFault | JustRenewed>>
  /** Forgets this very token and no newer one. */
  drop(key: string, token: AccessToken): void
}

// ── Microsoft Graph ─────────────────────────────────────────────────────────────────────────────────────────────────

/** Which application looks after its credentials, and how it signs in to Graph. */
export interface DirectoryRequest {
  cloud: Cloud
  tenantId: string
  clientId: string
  credential: ClientCredential
}

/** A secret or certificate of an application, as Graph tells it; never its value. */
export interface DirectoryCredential {
  kind: 'secret' | 'certificate'
  keyId: string
  displayName: string
  /** First three characters of a secret. */
  hint: string | null
  /** As `Credential.thumbprint`, SHA-256 computed from the key where Graph gives it; SHA-1 (40 digits) where it gives only that. */
  thumbprint: string | null
  startsAt: Date | null
  endsAt: Date | null
}

export interface DirectoryApplication {
  /** Graph's `id` of the application object. */
  objectId: string
  appId: string
  displayName: string
  /** Display names; empty where they were not asked for. */
  owners: string[]
  credentials: DirectoryCredential[]
}

export type DirectoryFault =
  /** Entra gave no token for Graph. */
  | { kind: 'token'; fault: TokenFault }
  | { kind: 'net'; fault: NetFault }
  /** 403: the application lacks the permission, or does not own itself. */
  | { kind: 'not-permitted'; evidence: string }
  /** Refused by the tenant's app management policy; the words are Graph's. */
  | { kind: 'policy'; evidence: string }
  | { kind: 'not-found'; evidence: string }
  /** 429. */
  | { kind: 'throttled'; retryAfterMs: number | null; evidence: string }
  /** 5xx, or an answer that is none. After a change nobody knows whether it was made. */
  | { kind: 'unavailable'; retryAfterMs: number | null; evidence: string }
  /** Any other refusal. */
  | { kind: 'refused'; status: number; code: string; evidence: string }

/** What the application may do with itself, told by its Graph token's `roles`. */
export interface DirectoryRights {
  /** `Application.Read.All` or a write role. */
  read: boolean
  /** `Application.ReadWrite.OwnedBy` (owning itself is not visible in a token) or `.All`. */
  write: boolean
  roles: string[]
}

/** What the tenant's app management policy says of new credentials; it stops adding them, never using them. */
export interface AppManagementPolicy {
  enabled: boolean
  password: CredentialRule
  certificate: CredentialRule
}

export interface CredentialRule {
  /** None of this kind may be added. */
  forbidden: boolean
  /** Whole days a new one may last; null: as long as one likes. */
  daysMax: number | null
}

/** Proof that the application holds a certificate it already has: signs `addKey` and `removeKey`. */
export interface KeyProof {
  objectId: string
  privateKey: Redacted
  /** PEM of the certificate that signs. */
  certificate: string
}

export interface Directory {
  /** Reads the token's own roles; asks Graph nothing. */
  rights(request: DirectoryRequest, signal: AbortSignal): Promise<Result<DirectoryRights, DirectoryFault>>
  application(request: DirectoryRequest, signal: AbortSignal): Promise<Result<DirectoryApplication, DirectoryFault>>
  addPassword(
    request: DirectoryRequest,
    wish: { displayName: string; endsAt: Date },
    signal: AbortSignal,
  ): Promise<Result<{ secret: Redacted; credential: DirectoryCredential }, DirectoryFault>>
  /** Needs `Policy.Read.All`, which few applications have. */
  policy(request: DirectoryRequest, signal: AbortSignal): Promise<Result<AppManagementPolicy, DirectoryFault>>
  removePassword(request: DirectoryRequest, keyId: string, signal: AbortSignal): Promise<Result<void, DirectoryFault>>
  /** `certificate`: PEM of the new one. */
  addKey(
    request: DirectoryRequest,
    wish: { certificate: string; displayName: string; proof: KeyProof },
    signal: AbortSignal,
  ): Promise<Result<DirectoryCredential, DirectoryFault>>
  removeKey(
    request: DirectoryRequest,
    wish: { keyId: string; proof: KeyProof },
    signal: AbortSignal,
  ): Promise<Result<void, DirectoryFault>>
  /** One page of all the tenant's applications with owners. `nextLink`: null for the first, else what the page before told. */
  page(
    request: DirectoryRequest,
    nextLink: string | null,
    signal: AbortSignal,
  ): Promise<Result<{ applications: DirectoryApplication[]; nextLink: string | null }, DirectoryFault>>
}
