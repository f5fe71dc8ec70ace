import { randomBytes, randomUUID, X509Certificate } from 'node:crypto'

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
  /** The Enterprise application; null: there is none (AADSTS7000229). */
  servicePrincipal: { objectId: string; exchangeRoles: string[]; graphRoles: string[] } | null
}

export interface ClientSecret {
  keyId: string
  displayName: string
  value: string
  startsAt: Date
  expiresAt: Date
}

export interface ClientCertificate {
  keyId: string
  displayName: string
  pem: string
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
  /** What happens to the excess: Exchange lets it wait. */
  excess: 'delay' | 'refuse'
  /** Bytes; announced as SIZE is the service's own bound, this is the mailbox's. */
  maxMessageBytes: number
}

const DAY_MS = 24 * 60 * 60 * 1000

/** Looks like one of Entra's: 40 characters, `~` fourth from the version mark `8Q`. */
export function makeSecretValue(): string {
  const random = randomBytes(30).toString('base64url')
  return `${random.slice(0, 3)}8Q~${random.slice(3, 37)}`
}

export function makeSecret(displayName: string, days: number, now: Date): ClientSecret {
  return {
    keyId: randomUUID(),
    displayName,
    value: makeSecretValue(),
    startsAt: now,
    expiresAt: new Date(now.getTime() + days * DAY_MS),
  }
}

export function makeMailbox(address: string): Mailbox {
  return {
    address,
    aliases: [],
    smtpAuthDisabled: null,
    fullAccess: [],
    sendAs: [],
    password: null,
    full: false,
    blocked: false,
  }
}

const application = (appId: string, objectId: string, displayName: string): Application => ({
  appId,
  objectId,
  displayName,
  enabled: true,
  publicClient: false,
  secrets: [],
  certificates: [],
  servicePrincipal: null,
})

export const CONTOSO = '5a1ab0a4-6d3e-4a5c-9a0b-3c1f3d3c7b10'
export const POSTROOM_APP = 'c0de57a3-90ab-4f0e-8a47-6f1f5b7d2e91'
const POSTROOM_PRINCIPAL = '0b1ec7a9-54f8-4d6b-b6d4-2f7a9f2d4c55'
const SCANNER_PRINCIPAL = '3d2a6c1e-7b0f-4c7e-8f1d-90c4a1b2e377'

/** Contoso is set up as it should be: its first application may send as its first mailbox. Fabrikam has no Exchange. */
export function makeWorld(now: Date): World {
  const postroom: Application = {
    ...application(POSTROOM_APP, '77c2f1d8-1c55-4e0b-a6a2-8d1f1a4f6c02', 'Postroom'),
    secrets: [makeSecret('First secret', 365, now)],
    servicePrincipal: {
      objectId: POSTROOM_PRINCIPAL,
      exchangeRoles: ['SMTP.SendAsApp'],
      graphRoles: ['Application.Read.All'],
    },
  }
  const scanners: Application = {
    ...application('9e8d7c6b-5a49-4838-9271-605f4e3d2c1b', '1f2e3d4c-5b6a-4798-8897-a6b5c4d3e2f1', 'Scanner fleet'),
    secrets: [makeSecret('Scanners', 90, now)],
    servicePrincipal: { objectId: SCANNER_PRINCIPAL, exchangeRoles: ['IMAP.AccessAsApp'], graphRoles: [] },
  }
  const [sender, ...others] = ['noreply', 'admin', 'info', 'it-support', 'postmaster', 'scanner', 'test'].map((name) =>
    makeMailbox(`${name}@contoso.example`),
  )
  const contoso: Tenant = {
    id: CONTOSO,
    displayName: 'Contoso',
    domains: ['contoso.example', 'contoso.onmicrosoft.com'],
    exchange: true,
    conditionalAccessBlocks: false,
    securityDefaults: false,
    smtpAuthDisabled: true,
    applications: [postroom, scanners],
    exchangePrincipals: [
      { appId: POSTROOM_APP, objectId: POSTROOM_PRINCIPAL, sid: makeSid() },
      { appId: scanners.appId, objectId: SCANNER_PRINCIPAL, sid: makeSid() },
    ],
    mailboxes: [
      {
        ...(sender ?? makeMailbox('noreply@contoso.example')),
        smtpAuthDisabled: false,
        fullAccess: [POSTROOM_PRINCIPAL],
      },
      ...others,
    ],
  }
  const fabrikam: Tenant = {
    ...contoso,
    id: 'f4b21c0d-2e6a-4b7f-9c83-d5e0a1f7b642',
    displayName: 'Fabrikam',
    domains: ['fabrikam.example', 'fabrikam.onmicrosoft.com'],
    exchange: false,
    applications: [],
    exchangePrincipals: [],
    mailboxes: [],
  }
  return {
    tenants: [contoso, fabrikam],
    limits: { concurrent: 3, messagesPerMinute: 30, excess: 'delay', maxMessageBytes: 36_700_160 },
  }
}

export function makeSid(): string {
  const part = () => randomBytes(4).readUInt32BE()
  return `S-1-5-21-${part()}-${part()}-${part()}-${part() % 100_000_000}`
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
