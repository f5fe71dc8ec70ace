import type { Owner, Registered, RegisteredKey, RegisteredPassword } from '../world/registration'
import type { Application, FederatedCredential } from '../world/world'

export const CONTEXT = 'https://graph.microsoft.com/v1.0/$metadata#'

export const passwordJson = (password: RegisteredPassword, secretText: string | null = null) => ({
  customKeyIdentifier: null,
  displayName: password.displayName,
  endDateTime: password.expiresAt.toISOString(),
  hint: password.hint,
  keyId: password.keyId,
  secretText,
  startDateTime: password.startsAt.toISOString(),
})

/** The certificate itself is shown where one application's `keyCredentials` were selected, and nowhere else. */
export const keyJson = (key: RegisteredKey, whole = false) => ({
  customKeyIdentifier: key.thumbprint,
  displayName: key.displayName,
  endDateTime: key.expiresAt.toISOString(),
  key: whole ? key.key : null,
  keyId: key.keyId,
  startDateTime: key.startsAt.toISOString(),
  type: 'AsymmetricX509Cert',
  usage: 'Verify',
})

export function ownerJson(owner: Owner): Record<string, unknown> {
  const { kind, ...rest } = owner
  return { '@odata.type': `#microsoft.graph.${kind}`, ...rest }
}

export function applicationJson(registered: Registered, whole: boolean): Record<string, unknown> {
  return {
    id: registered.id,
    deletedDateTime: null,
    appId: registered.appId,
    createdDateTime: registered.createdAt.toISOString(),
    displayName: registered.displayName,
    description: null,
    notes: null,
    signInAudience: 'AzureADMyOrg',
    passwordCredentials: registered.passwords.map((password) => passwordJson(password)),
    keyCredentials: registered.keys.map((key) => keyJson(key, whole)),
  }
}

/** Names that `$select` may hold on an application. */
export const APPLICATION_NAMES = Object.keys(
  applicationJson(
    { id: '', appId: '', displayName: '', createdAt: new Date(0), passwords: [], keys: [], owners: [] },
    false,
  ),
)

export function pickNames(body: Record<string, unknown>, names: readonly string[] | null): Record<string, unknown> {
  return names === null ? body : Object.fromEntries(Object.entries(body).filter(([name]) => names.includes(name)))
}

export const federatedJson = ({ id, name, issuer, subject, audience }: FederatedCredential) => ({
  id,
  name,
  issuer,
  subject,
  description: '',
  audiences: [audience],
})

export function principalJson({ appId, displayName, enabled, servicePrincipal }: Application, tenantId: string) {
  return {
    id: servicePrincipal?.objectId,
    accountEnabled: enabled,
    appId,
    appDisplayName: displayName,
    appOwnerOrganizationId: tenantId,
    displayName,
    servicePrincipalType: 'Application',
    servicePrincipalNames: [appId],
    tags: ['WindowsAzureActiveDirectoryIntegratedApp'],
  }
}
