import { randomBytes, randomUUID } from 'node:crypto'
import type { Application, AppManagementPolicy, ClientSecret, Mailbox, Tenant, World } from './world'

const DAY_MS = 24 * 60 * 60 * 1000

/** Looks like one of Entra's: 40 characters, `~` fourth from the version mark `8Q`. */
export function makeSecretValue(): string {
  const random = randomBytes(30).toString('base64url')
  return `${random.slice(0, 3)}8Q~${random.slice(3, 37)}`
}

export function makeSecret(displayName: string | null, days: number, now: Date): ClientSecret {
  return {
    keyId: randomUUID(),
    displayName,
    value: makeSecretValue(),
    startsAt: now,
    expiresAt: new Date(now.getTime() + days * DAY_MS),
    knownFrom: now,
  }
}

export function makeMailbox(address: string): Mailbox {
  return {
    address,
    aliases: [],
    smtpAuthDisabled: null,
    fullAccess: [],
    rbac: [],
    sendAs: [],
    password: null,
    full: false,
    blocked: false,
  }
}

export const NO_POLICY: AppManagementPolicy = {
  enabled: false,
  passwordAddition: false,
  exempt: false,
  passwordLifetimeDays: null,
  asymmetricKeyLifetimeDays: null,
}

const application = (appId: string, objectId: string, displayName: string, createdAt: Date): Application => ({
  appId,
  objectId,
  displayName,
  enabled: true,
  publicClient: false,
  secrets: [],
  certificates: [],
  federatedCredentials: [],
  owners: [],
  createdAt,
  servicePrincipal: null,
})

export const CONTOSO = '5a1ab0a4-6d3e-4a5c-9a0b-3c1f3d3c7b10'
export const POSTROOM_APP = 'c0de57a3-90ab-4f0e-8a47-6f1f5b7d2e91'
const POSTROOM_PRINCIPAL = '0b1ec7a9-54f8-4d6b-b6d4-2f7a9f2d4c55'
const ADMINISTRATOR = 'a2f0c6d4-1b35-4e86-9d27-58c3e7f10b94'
const MACHINE = {
  clientId: '6b1d9f20-83c4-4a17-b5e6-2d0f7c8a91e3',
  principalId: 'e47a05c8-2f96-4b3d-8a10-c9d1e6f2b375',
}
const SCANNER_PRINCIPAL = '3d2a6c1e-7b0f-4c7e-8f1d-90c4a1b2e377'

function makePostroom(now: Date): Application {
  return {
    ...application(POSTROOM_APP, '77c2f1d8-1c55-4e0b-a6a2-8d1f1a4f6c02', 'Postroom', now),
    secrets: [makeSecret('First secret', 365, now)],
    servicePrincipal: {
      objectId: POSTROOM_PRINCIPAL,
      exchangeRoles: ['SMTP.SendAsApp'],
      graphRoles: [],
    },
  }
}

function makeScannerFleet(now: Date): Application {
  return {
    ...application(
      '9e8d7c6b-5a49-4838-9271-605f4e3d2c1b',
      '1f2e3d4c-5b6a-4798-8897-a6b5c4d3e2f1',
      'Scanner fleet',
      now,
    ),
    secrets: [makeSecret('Scanners', 90, now)],
    owners: [ADMINISTRATOR],
    servicePrincipal: { objectId: SCANNER_PRINCIPAL, exchangeRoles: ['IMAP.AccessAsApp'], graphRoles: [] },
  }
}

const MAILBOXES = ['noreply', 'admin', 'info', 'invoices', 'it-support', 'postmaster', 'scanner', 'shop', 'test']

function makeContoso(now: Date): Tenant {
  const scanners = makeScannerFleet(now)
  const [sender, ...local] = MAILBOXES.map((name) => makeMailbox(`${name}@contoso.example`))
  return {
    id: CONTOSO,
    displayName: 'Contoso',
    domains: ['contoso.example', 'contoso.onmicrosoft.com'],
    exchange: true,
    conditionalAccessBlocks: false,
    securityDefaults: false,
    smtpAuthDisabled: true,
    applications: [makePostroom(now), scanners],
    users: [{ id: ADMINISTRATOR, displayName: 'Administration', userPrincipalName: 'admin@contoso.example' }],
    appPolicy: { ...NO_POLICY },
    fill: null,
    managedIdentity: MACHINE,
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
      ...local,
    ],
  }
}

/** Contoso is set up as it should be: its first application may send as its first mailbox. Fabrikam has no Exchange. */
export function makeWorld(now: Date): World {
  const contoso = makeContoso(now)
  const fabrikam: Tenant = {
    ...contoso,
    id: 'f4b21c0d-2e6a-4b7f-9c83-d5e0a1f7b642',
    displayName: 'Fabrikam',
    domains: ['fabrikam.example', 'fabrikam.onmicrosoft.com'],
    exchange: false,
    applications: [],
    users: [],
    managedIdentity: null,
    exchangePrincipals: [],
    mailboxes: [],
  }
  return {
    tenants: [contoso, fabrikam],
    limits: {
      concurrent: 3,
      messagesPerMinute: 30,
      minuteMs: 60_000,
      excess: 'delay',
      maxMessageBytes: 36_700_160,
      secretReplicationSeconds: 0,
      keyCredentialsPerMinute: 150,
    },
  }
}

export function makeSid(): string {
  const part = () => randomBytes(4).readUInt32BE()
  return `S-1-5-21-${part()}-${part()}-${part()}-${part() % 100_000_000}`
}
