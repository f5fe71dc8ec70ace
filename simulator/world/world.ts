import { X509Certificate } from 'node:crypto'

/** The state of the simulated Microsoft 365: directories with their applications, and Exchange with its mailboxes. */
export interface World {
  tenants: Tenant[]
  limits: Limits
}

export interface Tenant {
  id: string
  displayName: string
  /** Verified domains; an address in one of them must exist. */
  domains: string[]
  /** False if the tenant never had Exchange Online (AADSTS500011). */
  exchange: boolean
  /** A workload-identity policy blocks every application (AADSTS53003). */
  conditionalAccessBlocks: boolean
  securityDefaults: boolean
  smtpAuthDisabled: boolean
  applications: Application[]
  /** People of the directory; they own applications. */
  users: DirectoryUser[]
  appPolicy: AppManagementPolicy
  /** Applications that are generated when they are read, or null if there are none. */
  fill: Fill | null
  /** The managed identity of the machine that the console runs on, or null if it has none. */
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
  /** The enterprise application, or null if there is none (AADSTS7000229). */
  servicePrincipal: { objectId: string; exchangeRoles: string[]; graphRoles: string[] } | null
}

export interface ClientSecret {
  keyId: string
  displayName: string | null
  value: string
  startsAt: Date
  expiresAt: Date
  /** When it has propagated to Entra. */
  knownFrom: Date
}

export interface ClientCertificate {
  keyId: string
  displayName: string
  pem: string
  knownFrom: Date
}

/** A federated credential: a token counts for the application if all three values are equal. */
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

/** What the tenant forbids for new credentials; existing ones stay valid. Null means no limit. */
export interface AppManagementPolicy {
  enabled: boolean
  /** No new client secrets. */
  passwordAddition: boolean
  passwordLifetimeDays: number | null
  asymmetricKeyLifetimeDays: number | null
  /** The console's application has a separate policy that allows everything, which the tenant's policy does not show. */
  exempt: boolean
}

/** How many applications and credentials are generated, and around which day. The seed decides everything else. */
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
  /** The password for basic authentication to this mailbox, or null if it is disabled. */
  password: string | null
  full: boolean
  /** On the list of restricted senders. */
  blocked: boolean
}

export interface Limits {
  /** Submissions of one mailbox at a time; the next is answered 432. */
  concurrent: number
  messagesPerMinute: number
  /** Length of that minute; tests make it shorter. */
  minuteMs: number
  /** What happens to messages beyond the limit. Exchange delays them. */
  excess: 'delay' | 'refuse'
  /** Limit of a mailbox in bytes. The announced SIZE is the limit of the service. */
  maxMessageBytes: number
  /** How long a new credential takes to propagate. */
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

/** The tenant that owns the domain of an address, if there is one. */
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

/** The validity of a certificate, and whether it is valid at `now`. */
export function validityOf({ pem }: ClientCertificate, now: Date): { from: Date; to: Date; holds: boolean } {
  const { validFrom, validTo } = new X509Certificate(pem)
  const [from, to] = [new Date(validFrom), new Date(validTo)]
  return { from, to, holds: from <= now && now < to }
}
