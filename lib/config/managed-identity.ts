import path from 'node:path'
import type { IdentityService } from '../entra'
import { isUuid } from '../kernel'
import { Redacted } from '../kernel/redacted'
import { readVariable, refuse, type Variables } from './environment-fault'

const IMDS_ORIGIN = 'http://169.254.169.254'
const IMDS_PATH = '/metadata/identity/oauth2/token'

/** Our variable wins over the one that Azure Workload Identity sets. */
export function federatedTokenFileOf(variables: Variables): string | null {
  const file =
    readVariable(variables, 'POSTROOM_FEDERATED_TOKEN_FILE') ?? readVariable(variables, 'AZURE_FEDERATED_TOKEN_FILE')
  return file === null ? null : path.resolve(/* turbopackIgnore: true */ file)
}

/**
 * The machine's own identity, and whom to ask for its tokens. It is a user-assigned one, because Entra lets an application trust no other
 * (Microsoft, "Configure an application to trust a managed identity"). The platform's own variables are read only where the deployment
 * switched the identity on: some of them are set in the environment of every program there. Azure Arc and Service Fabric ask in other
 * ways, which are not spoken here.
 */
export function managedIdentityOf(
  variables: Variables,
): { endpoint: URL; service: IdentityService; clientId: string } | null {
  const name = 'POSTROOM_MANAGED_IDENTITY'
  const wanted = readVariable(variables, name)
  if (wanted === null) return null
  const clientId = wanted.toLowerCase()
  if (!isUuid(clientId)) refuse(name, 'must be the client ID of a user-assigned identity: Entra takes no other')
  const endpoint = readVariable(variables, 'IDENTITY_ENDPOINT')
  if (endpoint !== null) {
    const header =
      readVariable(variables, 'IDENTITY_HEADER') ?? refuse('IDENTITY_HEADER', 'is not set, but IDENTITY_ENDPOINT is')
    if (!/^[\x21-\x7e]+$/.test(header)) refuse('IDENTITY_HEADER', 'must be printable ASCII without spaces')
    const service = { kind: 'app-service', header: new Redacted(header) } as const
    return { endpoint: plainUrl('IDENTITY_ENDPOINT', endpoint), service, clientId }
  }
  const origin = readVariable(variables, 'AZURE_POD_IDENTITY_AUTHORITY_HOST') ?? IMDS_ORIGIN
  const imds = new URL(IMDS_PATH, plainUrl('AZURE_POD_IDENTITY_AUTHORITY_HOST', origin))
  return { endpoint: imds, service: { kind: 'imds' }, clientId }
}

function plainUrl(name: string, text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : refuse(name, 'is not a URL')
  return url.protocol === 'http:' && url.username === '' && url.hash === ''
    ? url
    : refuse(name, 'must begin with http://: only the services of App Service and of virtual machines are asked')
}
