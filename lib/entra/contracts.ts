import type { AssertionFault, Cloud, EntraFault, NetFault, Redacted, Result } from '../kernel'

/** A bearer for SMTP. Never logged, never stored. */
export interface AccessToken {
  bearer: Redacted
  /** By the monotonic clock. A cached token says nothing about its credential after this time. */
  requestedMs: number
  expiresAt: Date
  /** Clock of the token endpoint (`Date` header), to distinguish a wrong clock here from an expired token. Null if it sent none. */
  peerDate: Date | null
}

/** How the application authenticates. For the last two the deployment provides a client assertion, so no secret is stored. */
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
  /** What the token is for: Exchange, to send mail, or Microsoft Graph, to manage credentials. */
  resource: 'exchange' | 'graph'
  credential: ClientCredential
}

/** Why there is no token: Entra refused it or could not be reached, or the deployment provided no client assertion. */
export type TokenFault = EntraFault | NetFault | AssertionFault

export interface TokenSource {
  /** Always requests a token from Entra, without cache or local throttling, for tests and probes. */
  fresh(request: TokenRequest, signal: AbortSignal): Promise<Result<AccessToken, TokenFault>>
}

/**
 * Tokens in memory only. A cached token belongs to cloud, tenant, application, resource and `key`, which names the credential, so that a
 * changed credential never gets the token of the previous one.
 */
export interface TokenCache {
  /**
   * Returns the cached token while it is valid for at least five more minutes, else a new one. Concurrent callers share one request, and
   * `signal` ends the wait of this caller only. A failure is returned again for a few seconds, or as long as `Retry-After` says, before
   * the next request.
   */
  token(key: string, request: TokenRequest, signal: AbortSignal): Promise<Result<AccessToken, TokenFault>>
  /**
   * Returns another token after a server rejected this one (535, 401): one that was cached since, or a new one. It renews once: if a token
   * that was just renewed is rejected again, a third one would change nothing, and the caller must pause.
   */
  renew(
    key: string,
    request: TokenRequest,
    refused: AccessToken,
    signal: AbortSignal,
  ): Promise<Result<AccessToken, TokenFault | { kind: 'just-renewed' }>>
}

// ── Microsoft Graph ─────────────────────────────────────────────────────────────────────────────────────────────────

/** The application whose credentials are managed, and how it signs in to Graph. */
export type DirectoryRequest = Omit<TokenRequest, 'resource'>

/** A secret or certificate of an application as Graph returns it, without its value. */
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
  /** Display names. Empty if they were not requested. */
  owners: string[]
  credentials: DirectoryCredential[]
}

export type DirectoryFault =
  /** Entra gave no token for Graph. */
  | { kind: 'token'; fault: TokenFault }
  | { kind: 'net'; fault: NetFault }
  /** 403: the application lacks the permission, or does not own itself. */
  | { kind: 'not-permitted'; evidence: string }
  /** Forbidden by the tenant's app management policy. The evidence is the text of Graph. */
  | { kind: 'policy'; evidence: string }
  | { kind: 'not-found'; evidence: string }
  /** 429. */
  | { kind: 'throttled'; retryAfterMs: number | null; evidence: string }
  /** 5xx, or an unusable answer. After a change it is unknown whether the change was made. */
  | { kind: 'unavailable'; retryAfterMs: number | null; evidence: string }
  | { kind: 'refused'; evidence: string }

/** What the application may do with itself, from the `roles` of its Graph token. */
export interface DirectoryRights {
  /** `Application.Read.All` or a write role. */
  read: boolean
  /** `Application.ReadWrite.OwnedBy` (owning itself is not visible in a token) or `.All`. */
  write: boolean
  roles: string[]
}

/** What the tenant's app management policy says about new credentials. It restricts adding them, not using them. */
export interface AppManagementPolicy {
  enabled: boolean
  password: CredentialRule
  certificate: CredentialRule
}

export interface CredentialRule {
  /** No credential of this kind may be added. */
  forbidden: boolean
  /** Days that a new one may be valid, or null if there is no limit. */
  daysMax: number | null
}

/** What Graph's proof of possession is made from. It signs `addKey` and `removeKey` with a certificate that the application has. */
export interface KeyProof {
  objectId: string
  privateKey: Redacted
  /** PEM of the certificate that signs. */
  certificate: string
}

export interface Directory {
  /** Reads the roles of a token, without a call to Graph. */
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
  /** One page of the tenant's applications with owners. `nextLink` is null for the first page, else the link of the previous one. */
  page(
    request: DirectoryRequest,
    nextLink: string | null,
    signal: AbortSignal,
  ): Promise<Result<{ applications: DirectoryApplication[]; nextLink: string | null }, DirectoryFault>>
}
