import { randomUUID } from 'node:crypto'
import { type About, type Change, isOn, knownFrom, text } from './change'
import { type ClientSecret, isCertificate } from './world'
import { makeSecret } from './world-start'

function secretNamed({ application, parameters }: About): ClientSecret | undefined {
  const keyId = text(parameters, 'keyId')
  return keyId === null ? application.secrets[0] : application.secrets.find((secret) => secret.keyId === keyId)
}

function grant({ application, parameters }: About, fallback: string[]): void {
  const wanted = Array.isArray(parameters.roles) ? parameters.roles.map(String) : fallback
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
      const { application, parameters, now } = about
      const secret = makeSecret(text(parameters, 'displayName') ?? 'Another secret', 180, now)
      secret.value = text(parameters, 'value') ?? secret.value
      secret.startsAt = asDate(text(parameters, 'startsAt'), secret.startsAt)
      secret.expiresAt = asDate(text(parameters, 'expiresAt'), secret.expiresAt)
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
      const pem = text(about.parameters, 'certificate')
      if (pem === null || !isCertificate(pem)) return '!Give the certificate as PEM.'
      const displayName = text(about.parameters, 'displayName') ?? 'Certificate'
      const certificate = { keyId: randomUUID(), displayName, pem, knownFrom: knownFrom(about) }
      about.application.certificates.push(certificate)
      return { keyId: certificate.keyId }
    },
  },
  'remove-certificate': {
    does: 'Deletes the certificate “keyId”; else the first one.',
    make({ application, parameters }) {
      const keyId = text(parameters, 'keyId') ?? application.certificates[0]?.keyId
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
    make({ application, parameters }) {
      application.publicClient = isOn(parameters)
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
    make({ tenant, parameters }) {
      tenant.conditionalAccessBlocks = isOn(parameters)
    },
  },
} as const satisfies Record<string, Change>
