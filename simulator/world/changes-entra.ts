import { randomUUID } from 'node:crypto'
import { type About, type Change, isOn, knownFrom, text } from './change'
import { type ClientSecret, isCertificate } from './world'
import { makeSecret } from './world-start'

function secretNamed({ application, given }: About): ClientSecret | undefined {
  const keyId = text(given, 'keyId')
  return keyId === null ? application.secrets[0] : application.secrets.find((secret) => secret.keyId === keyId)
}

function grant({ application, given }: About, fallback: string[]): void {
  const wanted = Array.isArray(given.roles) ? given.roles.map(String) : fallback
  if (application.servicePrincipal) application.servicePrincipal.exchangeRoles = wanted
}

const asDate = (value: string | null, otherwise: Date): Date => (value === null ? otherwise : new Date(value))

/** What an administrator of Entra can do. */
export const ENTRA_CHANGES = {
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
    make(about) {
      const { application, given, now } = about
      const secret = makeSecret(text(given, 'displayName') ?? 'Another secret', 180, now)
      secret.value = text(given, 'value') ?? secret.value
      secret.startsAt = asDate(text(given, 'startsAt'), secret.startsAt)
      secret.expiresAt = asDate(text(given, 'expiresAt'), secret.expiresAt)
      secret.knownFrom = knownFrom(about)
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
    make(about) {
      const pem = text(about.given, 'certificate')
      if (pem === null || !isCertificate(pem)) return '!Give the certificate as PEM.'
      const displayName = text(about.given, 'displayName') ?? 'Certificate'
      const certificate = { keyId: randomUUID(), displayName, pem, knownFrom: knownFrom(about) }
      about.application.certificates.push(certificate)
      return { keyId: certificate.keyId }
    },
  },
  'remove-certificate': {
    does: 'Deletes the certificate “keyId”; else the first one.',
    make({ application, given }) {
      const keyId = text(given, 'keyId') ?? application.certificates[0]?.keyId
      application.certificates = application.certificates.filter((known) => known.keyId !== keyId)
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
    make: (about) => grant(about, ['SMTP.SendAsApp']),
  },
  'remove-consent': {
    does: 'Takes all Exchange permissions back.',
    make: (about) => grant(about, []),
  },
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
      application.publicClient = isOn(given)
    },
  },
  'remove-enterprise-application': {
    does: 'Deletes the Enterprise application (AADSTS7000229).',
    make({ application }) {
      application.servicePrincipal = null
    },
  },
  'conditional-access': {
    does: 'A policy blocks applications (AADSTS53003); “on”: false takes it back.',
    make({ tenant, given }) {
      tenant.conditionalAccessBlocks = isOn(given)
    },
  },
} as const satisfies Record<string, Change>
