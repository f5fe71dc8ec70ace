import type { Cloud } from '../kernel/clouds'
import type { EntraFault, Fault, NetFault, ProofFault } from '../kernel/faults'
import type { Redacted } from '../kernel/redacted'
import type { Result } from '../kernel/result'
import type { WireStage } from '../kernel/stage'

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
export type TokenFault = EntraFault | NetFault | ProofFault

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
export interface TokenKeeper {
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

/** An SMTP server, and how to log in. Never a credential without TLS: `none` goes only with `login: none` (N-10). */
export interface SmtpServer {
  host: string
  port: number
  security: 'starttls' | 'tls' | 'none'
  login:
    | { kind: 'none' }
    | { kind: 'password'; username: string; password: Redacted }
    | { kind: 'xoauth2'; mailbox: string; token: Redacted }
}

/** One message. Addresses are already normalised by our own parser and are given to the wire exactly so (M-01). */
export interface Mail {
  from: { name: string; address: string }
  envelopeFrom: string
  to: string[]
  replyTo?: string
  subject: string
  text: string
  html: string
  /** With angle brackets; the same on every try (M-14). */
  messageId: string
  date: Date
}

/** A step of the conversation that ended well. `facts` are for people: TLS protocol, the server's greeting name. */
export interface WireStep {
  stage: WireStage
  /** Milliseconds the step took, by the monotonic clock. */
  ms: number
  facts?: Record<string, string>
}

/** One line of the conversation: no credential, no message body. */
export interface TranscriptLine {
  /** Milliseconds since the attempt began. */
  atMs: number
  from: 'client' | 'server'
  text: string
}

export interface Accepted {
  /** The 250 line after DATA; null after a dry run. */
  reply: string | null
  /** The server's own id for the message, where the reply names one. */
  serverMessageId: string | null
  /** Recipients the server refused although it took the mail. */
  refused: { address: string; fault: Fault }[]
}

export interface FailedAttempt {
  /** Where the reply came or the wait ended. */
  stage: WireStage
  fault: Fault
}

export interface AttemptOptions {
  /** Ends the attempt at once: the socket is destroyed. */
  signal: AbortSignal
  /** Stop after RCPT; nothing is sent. */
  dryRun: boolean
  /** Called as each step ends, before the next begins. */
  onStep(step: WireStep): void
  /** Who keeps a transcript listens; nobody pays for one otherwise. */
  onLine?(line: TranscriptLine): void
}

/** The one way out for mail: tests and deliveries use the same transport. */
export interface MailTransport {
  attempt(server: SmtpServer, mail: Mail, options: AttemptOptions): Promise<Result<Accepted, FailedAttempt>>
}
