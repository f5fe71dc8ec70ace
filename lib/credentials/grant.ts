import { microsoftLines, odataEquals, powershellString } from '../diagnosis'
import type { CredentialsDeps } from './deps'
import { type EntraServer, isEntraServer } from './entra'
import { readServer } from './store/servers'

/** To read dates, or also to change this one application's secrets. Never more: `.ReadWrite.All` changes every application. */
type GraphPermission = 'Application.Read.All' | 'Application.ReadWrite.OwnedBy'
export type GraphPurpose = GraphPermission | 'object-id'

/**
 * PowerShell lines, ready to copy, that give the application this permission on Graph, or that print the object ID of the app
 * registration, which the portal shows too.
 */
export function graphLines({ exchange }: EntraServer, purpose: GraphPurpose): string[] {
  const { cloud, tenantId, clientId } = exchange
  const texts: Readonly<Record<string, string>> = {
    permission: purpose,
    appIdFilter: powershellString(odataEquals('appId', clientId)),
    directoryObjects: powershellString(`${new URL(cloud.graphUrl).origin}/v1.0/directoryObjects/`),
  }
  return microsoftLines(purpose === 'object-id' ? purpose : 'grant-permission', cloud, {
    tenantId: () => tenantId,
    conditions: { owns: purpose === 'Application.ReadWrite.OwnedBy' },
    fill: (name) => texts[name],
  })
}

/** The lines for one mail server, or null if it does not sign in at Entra. */
export async function graphCommands(deps: CredentialsDeps, mailServerId: string, purpose: GraphPurpose) {
  const server = await readServer(deps, mailServerId)
  return server && isEntraServer(server) ? graphLines(server, purpose) : null
}
