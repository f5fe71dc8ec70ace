import { X509Certificate } from 'node:crypto'

/** What the false Microsoft 365 knows: directories with their applications, and Exchange with its mailboxes. */
export interface World {
  tenants: Tenant[]
  limits: Limits
}

export interface Tenant {
  id: string
  displayName: string
  /** Verified domains; an address in one of them must exist. */
  domains: string[]
  /** False: the tenant never had Exchange Online (AADSTS500011). */
  exchange: boolean
  /** A workload-identity policy blocks every application (AADSTS53003). */
  conditionalAccessBlocks: boolean
  securityDefaults: boolean
  smtpAuthDisabled: boolean
  applications: Application[]
  /** People of the directory; they own applications. */
  users: DirectoryUser[]
  appPolicy: AppManagementPolicy
  /** Applications that are made up when someone reads them; null: none. */
  fill: Fill | null
  /** The identity of the machine that the console runs on; null: it has none. */
  managedIdentity: { clientId: string; principalId: string } | null
  /** Exchange's own records of service principals, made by `New-ServicePrincipal`. */
  exchangePrincipals: ExchangePrincipal[]
  mailboxes: Mailbox[]
}

export interface Application {
  appId: string
  /** Object ID of the app registration: the wrong one to give to Exchange. */
  objectId: string
  displayName: string
  enabled: boolean
  publicClient: boolean
  secrets: ClientSecret[]
  certificates: ClientCertificate[]
  federatedCredentials: FederatedCredential[]
  /** Object IDs of users and service principals. */
  owners: string[]
  createdAt: Date
  /** The Enterprise application; null: there is none (AADSTS7000229). */
  servicePrincipal: { objectId: string; exchangeRoles: string[]; graphRoles: string[] } | null
}

export interface ClientSecret {
  keyId: string
  displayName: string | null
  value: string
  startsAt: Date
  expiresAt: Date
  /** Until then Entra has not heard of it. */
  knownFrom: Date
}

export interface ClientCertificate {
  keyId: string
  displayName: string
  pem: string
  knownFrom: Date
}

/** Whose tokens an application takes for its own proof: all three must match to the letter. */
export interface FederatedCredential {
  id: string
  name: string
  issuer: string
  subject: string
  audience: string
  knownFrom: Date
}

export interface DirectoryUser {
  id: string
  displayName: string
  userPrincipalName: string
}

/** What the tenant forbids when credentials are added; those that exist stay. Null: no bound. */
export interface AppManagementPolicy {
  enabled: boolean
  /** No new client secrets. */
  passwordAddition: boolean
  passwordLifetimeDays: number | null
  asymmetricKeyLifetimeDays: number | null
  /** The console's application has a policy of its own, which allows all; the tenant's says nothing of it. */
  exempt: boolean
}

/** How many applications and credentials are made up, and around which day; the seed decides all else. */
export interface Fill {
  applications: number
  credentials: number
  seed: number
  at: Date
}

export interface ExchangePrincipal {
  appId: string
  objectId: string
  sid: string
}

export interface Mailbox {
  address: string
  aliases: string[]
  /** Null follows the organisation's switch; true and false override it. */
  smtpAuthDisabled: boolean | null
  /** Object IDs of service principals with FullAccess. */
  fullAccess: string[]
  /** Principals that hold the role Application SMTP.SendAsApp over this mailbox (RBAC for Applications). */
  rbac: string[]
  /** Mailboxes (addresses) that may send as this one. */
  sendAs: string[]
  /** Basic authentication works for this mailbox alone, with this password; null: it is disabled. */
  password: string | null
  full: boolean
  /** On the list of restricted senders. */
  blocked: boolean
}

export interface Limits {
  /** Submissions of one mailbox at a time; the next is answered 432. */
  concurrent: number
  messagesPerMinute: number
  /** How long that minute lasts: tests have less patience. */
  minuteMs: number
  /** What happens to the excess: Exchange lets it wait. */
  excess: 'delay' | 'refuse'
  /** Bytes; announced as SIZE is the service's own bound, this is the mailbox's. */
  maxMessageBytes: number
  /** How long Entra does not know a new credential. */
  secretReplicationSeconds: number
  /** Graph requests that select `keyCredentials`, for each tenant. */
  keyCredentialsPerMinute: number
}

const same = (a: string, b: string): boolean => a.toLowerCase() === b.toLowerCase()

/** By id or by verified domain, as in the path of the token endpoint. */
export function tenantNamed(world: World, name: string): Tenant | undefined {
  return world.tenants.find(({ id, domains }) => same(id, name) || domains.some((domain) => same(domain, name)))
}

export function applicationOf(tenant: Tenant, appId: string): Application | undefined {
  return tenant.applications.find((known) => same(known.appId, appId))
}

export function mailboxOf(tenant: Tenant, address: string): Mailbox | undefined {
  return tenant.mailboxes.find((box) => [box.address, ...box.aliases].some((known) => same(known, address)))
}

/** The tenant that owns an address's domain, if one of ours does. */
export function tenantOfAddress(world: World, address: string): Tenant | undefined {
  const domain = address.slice(address.lastIndexOf('@') + 1)
  return world.tenants.find(({ domains, exchange }) => exchange && domains.some((known) => same(known, domain)))
}

/** Base64url of the certificate's SHA-256, as `x5t#S256` carries it. */
export function thumbprintOf({ pem }: ClientCertificate): string {
  return Buffer.from(new X509Certificate(pem).fingerprint256.replaceAll(':', ''), 'hex').toString('base64url')
}

export function isCertificate(pem: string): boolean {
  try {
    return new X509Certificate(pem).publicKey !== undefined
  } catch {
    return false
  }
}

/** When a certificate holds, and whether it does at `now`. */
export function validityOf({ pem }: ClientCertificate, now: Date): { from: Date; to: Date; holds: boolean } {
  const { validFrom, validTo } = new X509Certificate(pem)
  const [from, to] = [new Date(validFrom), new Date(validTo)]
  return { from, to, holds: from <= now && now < to }
}
