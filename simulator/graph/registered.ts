import { X509Certificate } from 'node:crypto'
import { filledApplication, filledAt } from '../world/fill'
import type { Owner, Registered, RegisteredKey, RegisteredPassword } from '../world/registration'
import { type Application, type ClientCertificate, type ClientSecret, type Tenant, validityOf } from '../world/world'

export function passwordOf({ keyId, displayName, startsAt, expiresAt, value }: ClientSecret): RegisteredPassword {
  return { keyId, displayName, startsAt, expiresAt, hint: value.slice(0, 3) }
}

export function keyOf(certificate: ClientCertificate): RegisteredKey {
  const { raw, fingerprint } = new X509Certificate(certificate.pem)
  const { from, to } = validityOf(certificate, new Date())
  const { keyId, displayName } = certificate
  return {
    keyId,
    displayName,
    startsAt: from,
    expiresAt: to,
    thumbprint: fingerprint.replaceAll(':', ''),
    key: raw.toString('base64'),
  }
}

/** The owner with an object ID. An unknown id becomes a user with that name. */
function ownerOf(tenant: Tenant, id: string): Owner {
  const application = tenant.applications.find(({ servicePrincipal }) => servicePrincipal?.objectId === id)
  if (application)
    return { kind: 'servicePrincipal', id, displayName: application.displayName, appId: application.appId }
  const user = tenant.users.find((known) => known.id === id)
  return { kind: 'user', displayName: id, userPrincipalName: `${id}@${tenant.domains[0]}`, ...user, id }
}

export function registeredOf(tenant: Tenant, application: Application): Registered {
  return {
    id: application.objectId,
    appId: application.appId,
    displayName: application.displayName,
    createdAt: application.createdAt,
    passwords: application.secrets.map(passwordOf),
    keys: application.certificates.map(keyOf),
    owners: application.owners.map((id) => ownerOf(tenant, id)),
  }
}

/** Finds an application by `appId` or object `id`. A generated one has no `application` and cannot be changed. */
export function findRegistered(
  tenant: Tenant,
  kind: 'appId' | 'id',
  value: string,
): { registered: Registered; application: Application | null } | undefined {
  const wanted = value.toLowerCase()
  const application = tenant.applications.find((known) => (kind === 'id' ? known.objectId : known.appId) === wanted)
  if (application) return { registered: registeredOf(tenant, application), application }
  const registered = tenant.fill ? filledApplication(tenant.fill, kind, wanted) : undefined
  return registered && { registered, application: null }
}

/** A slice of all applications, stored ones first. Nothing outside the slice is generated. */
export function registeredFrom(tenant: Tenant, from: number, count: number): Registered[] {
  const stored = tenant.applications.slice(from, from + count).map((application) => registeredOf(tenant, application))
  const { fill } = tenant
  if (!fill) return stored
  const first = Math.max(0, from - tenant.applications.length)
  const length = Math.max(0, Math.min(count - stored.length, fill.applications - first))
  return [...stored, ...Array.from({ length }, (_, at) => filledAt(fill, first + at))]
}

export const registeredCount = ({ applications, fill }: Tenant): number =>
  applications.length + (fill?.applications ?? 0)
