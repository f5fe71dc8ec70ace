import { randomUUID, X509Certificate } from 'node:crypto'
import {
  type Application,
  type ClientSecret,
  type Mailbox,
  mailboxOf,
  makeMailbox,
  makeSecret,
  makeSid,
  type Tenant,
  type World,
} from './world'

/** What a change is about; whatever is not named is the first of its kind: Contoso, Postroom, noreply@. */
interface About {
  world: World
  tenant: Tenant
  application: Application
  mailbox: Mailbox
  now: Date
  given: Record<string, unknown>
}

interface Change {
  does: string
  /** May give back something to show, such as a new secret; a text that starts with `!` is a refusal. */
  make(about: About): unknown
}

const text = (given: Record<string, unknown>, name: string): string | null => {
  const value = given[name]
  return typeof value === 'string' && value !== '' ? value : null
}

const principalOf = ({ application }: About): string => application.servicePrincipal?.objectId ?? ''

function secretNamed({ application, given }: About): ClientSecret | undefined {
  const keyId = text(given, 'keyId')
  return keyId === null ? application.secrets[0] : application.secrets.find((secret) => secret.keyId === keyId)
}

function register({ tenant, application }: About, objectId: string): void {
  const others = tenant.exchangePrincipals.filter(({ appId }) => appId !== application.appId)
  tenant.exchangePrincipals = [...others, { appId: application.appId, objectId, sid: makeSid() }]
}

function roles(about: About, kind: 'exchangeRoles' | 'graphRoles', fallback: string[]): void {
  const { application, given } = about
  const wanted = Array.isArray(given.roles) ? given.roles.map(String) : fallback
  if (application.servicePrincipal) application.servicePrincipal[kind] = wanted
}

const without = (list: string[], gone: string): string[] => list.filter((item) => item !== gone)
const asDate = (value: string | null, otherwise: Date): Date => (value === null ? otherwise : new Date(value))

/** Everything an administrator of the false tenant can do, well or badly. */
export const CHANGES = {
  'expire-secret': {
    does: 'The client secret ended an hour ago.',
    make(about) {
      const secret = secretNamed(about)
      if (!secret) return '!There is no such secret.'
      secret.expiresAt = new Date(about.now.getTime() - 3_600_000)
    },
  },
  'add-secret': {
    does: 'Adds a client secret and shows its value.',
    make({ application, given, now }) {
      const secret = makeSecret(text(given, 'displayName') ?? 'Another secret', 180, now)
      secret.value = text(given, 'value') ?? secret.value
      secret.startsAt = asDate(text(given, 'startsAt'), secret.startsAt)
      secret.expiresAt = asDate(text(given, 'expiresAt'), secret.expiresAt)
      application.secrets.push(secret)
      return { keyId: secret.keyId, value: secret.value, hint: secret.value.slice(0, 3), expiresAt: secret.expiresAt }
    },
  },
  'remove-secret': {
    does: 'Deletes the client secret.',
    make(about) {
      const secret = secretNamed(about)
      about.application.secrets = about.application.secrets.filter((known) => known !== secret)
    },
  },
  'add-certificate': {
    does: 'Uploads a certificate (“certificate”, PEM).',
    make({ application, given }) {
      const pem = text(given, 'certificate')
      if (pem === null || !isCertificate(pem)) return '!Give the certificate as PEM.'
      const certificate = { keyId: randomUUID(), displayName: text(given, 'displayName') ?? 'Certificate', pem }
      application.certificates.push(certificate)
      return { keyId: certificate.keyId }
    },
  },
  'remove-certificates': {
    does: 'Deletes all certificates.',
    make({ application }) {
      application.certificates = []
    },
  },
  'grant-consent': {
    does: 'Grants SMTP.SendAsApp (or “roles”) with admin consent.',
    make: (about) => roles(about, 'exchangeRoles', ['SMTP.SendAsApp']),
  },
  'remove-consent': {
    does: 'Takes all Exchange permissions back.',
    make: (about) => roles(about, 'exchangeRoles', []),
  },
  'grant-graph': {
    does: 'Grants Application.Read.All (or “roles”) on Graph.',
    make: (about) => roles(about, 'graphRoles', ['Application.Read.All']),
  },
  'remove-graph': { does: 'Takes all Graph permissions back.', make: (about) => roles(about, 'graphRoles', []) },
  'enable-application': {
    does: 'Enables the application.',
    make({ application }) {
      application.enabled = true
    },
  },
  'disable-application': {
    does: 'Disables the application (AADSTS7000112).',
    make({ application }) {
      application.enabled = false
    },
  },
  'public-client': {
    does: 'Makes it a public client (AADSTS700025); “on”: false takes it back.',
    make({ application, given }) {
      application.publicClient = given.on !== false && given.on !== 'false'
    },
  },
  'remove-enterprise-application': {
    does: 'Deletes the Enterprise application (AADSTS7000229).',
    make({ application }) {
      application.servicePrincipal = null
    },
  },
  'remove-exchange': {
    does: 'The tenant never had Exchange Online (AADSTS500011).',
    make({ tenant }) {
      tenant.exchange = false
    },
  },
  'conditional-access': {
    does: 'A policy blocks applications (AADSTS53003); “on”: false takes it back.',
    make({ tenant, given }) {
      tenant.conditionalAccessBlocks = given.on !== false && given.on !== 'false'
    },
  },
  'security-defaults': {
    does: 'Security defaults lock SMTP logins; “on”: false takes it back.',
    make({ tenant, given }) {
      tenant.securityDefaults = given.on !== false && given.on !== 'false'
    },
  },
  'register-service-principal': {
    does: 'New-ServicePrincipal with the right Object ID (or “objectId”).',
    make: (about) => register(about, text(about.given, 'objectId') ?? principalOf(about)),
  },
  'wrong-object-id': {
    does: 'New-ServicePrincipal with the app registration’s Object ID: the usual mistake.',
    make: (about) => register(about, about.application.objectId),
  },
  'unregister-service-principal': {
    does: 'Remove-ServicePrincipal: Exchange does not know the application.',
    make({ tenant, application }) {
      tenant.exchangePrincipals = tenant.exchangePrincipals.filter(({ appId }) => appId !== application.appId)
    },
  },
  'grant-mailbox-permission': {
    does: 'Add-MailboxPermission: FullAccess for the application.',
    make(about) {
      about.mailbox.fullAccess = [...without(about.mailbox.fullAccess, principalOf(about)), principalOf(about)]
    },
  },
  'remove-mailbox-permission': {
    does: 'Remove-MailboxPermission: the application has no right on the mailbox.',
    make(about) {
      about.mailbox.fullAccess = without(about.mailbox.fullAccess, principalOf(about))
    },
  },
  'grant-send-as': {
    does: 'Lets “trustee” (an address; else noreply@) send as the mailbox.',
    make({ tenant, mailbox, given }) {
      const trustee = text(given, 'trustee') ?? tenant.mailboxes[0]?.address ?? ''
      mailbox.sendAs = [...without(mailbox.sendAs, trustee), trustee]
    },
  },
  'smtp-auth-mailbox': {
    does: 'Set-CASMailbox -SmtpClientAuthenticationDisabled: “disabled” true, false or null (inherit).',
    make({ mailbox, given }) {
      const { disabled } = given
      mailbox.smtpAuthDisabled =
        disabled === null || disabled === 'null' ? null : disabled !== false && disabled !== 'false'
    },
  },
  'smtp-auth-organisation': {
    does: 'Set-TransportConfig -SmtpClientAuthenticationDisabled: “disabled” true or false.',
    make({ tenant, given }) {
      tenant.smtpAuthDisabled = given.disabled !== false && given.disabled !== 'false'
    },
  },
  'add-mailbox': {
    does: 'Adds a mailbox (“address”).',
    make({ tenant, given }) {
      const address = text(given, 'address')
      if (address === null || !address.includes('@')) return '!Give its address.'
      if (!mailboxOf(tenant, address)) tenant.mailboxes.push(makeMailbox(address))
    },
  },
  'remove-mailbox': {
    does: 'Deletes the mailbox.',
    make({ tenant, mailbox }) {
      tenant.mailboxes = tenant.mailboxes.filter((known) => known !== mailbox)
    },
  },
  'mailbox-password': {
    does: 'Allows basic authentication with “password” for the mailbox; without one, disables it.',
    make({ mailbox, given }) {
      mailbox.password = text(given, 'password')
    },
  },
  'mailbox-full': {
    does: 'The mailbox is full; “on”: false empties it.',
    make({ mailbox, given }) {
      mailbox.full = given.on !== false && given.on !== 'false'
    },
  },
  'block-sender': {
    does: 'Puts the mailbox on the list of restricted senders; “on”: false takes it off.',
    make({ mailbox, given }) {
      mailbox.blocked = given.on !== false && given.on !== 'false'
    },
  },
  limits: {
    does: 'Sets “concurrent”, “messagesPerMinute”, “maxMessageBytes”, and “excess”: delay or refuse.',
    make({ world, given }) {
      const number = (name: string, old: number) => (Number(given[name]) > 0 ? Number(given[name]) : old)
      const { limits } = world
      limits.concurrent = number('concurrent', limits.concurrent)
      limits.messagesPerMinute = number('messagesPerMinute', limits.messagesPerMinute)
      limits.maxMessageBytes = number('maxMessageBytes', limits.maxMessageBytes)
      if (given.excess === 'delay' || given.excess === 'refuse') limits.excess = given.excess
    },
  },
} as const satisfies Record<string, Change>

export type ChangeName = keyof typeof CHANGES
export const isChangeName = (name: string): name is ChangeName => Object.hasOwn(CHANGES, name)

function isCertificate(pem: string): boolean {
  try {
    return new X509Certificate(pem).publicKey !== undefined
  } catch {
    return false
  }
}

/** Makes a change to the world. `tenant`, `appId` and `mailbox` in `given` say to what. */
export function changeWorld(
  world: World,
  name: ChangeName,
  given: Record<string, unknown>,
  now: Date,
): { ok: true; made: unknown } | { ok: false; problem: string } {
  const tenantId = text(given, 'tenant')
  const tenant = tenantId === null ? world.tenants[0] : world.tenants.find(({ id }) => id === tenantId)
  if (!tenant) return { ok: false, problem: 'There is no such tenant.' }
  const appId = text(given, 'appId')
  const application = appId === null ? tenant.applications[0] : tenant.applications.find((app) => app.appId === appId)
  if (!application) return { ok: false, problem: 'There is no such application.' }
  const address = text(given, 'mailbox')
  const mailbox = address === null ? tenant.mailboxes[0] : mailboxOf(tenant, address)
  if (!mailbox) return { ok: false, problem: 'There is no such mailbox.' }
  const change: Change = CHANGES[name]
  const made = change.make({ world, tenant, application, mailbox, now, given })
  return typeof made === 'string' && made.startsWith('!')
    ? { ok: false, problem: made.slice(1) }
    : { ok: true, made: made ?? null }
}
