import { connectGraph, odataEquals, powershellString } from '../diagnosis'
import type { CredentialsDeps } from './deps'
import { type EntraServer, isEntraServer } from './entra'
import { readServer } from './store/servers'

/** PowerShell lines that print the object ID of the app registration, which the portal shows too. */
export function objectIdLines({ exchange }: EntraServer): string[] {
  const own = powershellString(odataEquals('appId', exchange.clientId))
  return [connectGraph(exchange.cloud, 'Application.Read.All'), `(Get-MgApplication -Filter ${own}).Id`]
}

/** Microsoft Graph's own application id, the same in every cloud. */
const GRAPH_APP_ID = '00000003-0000-0000-c000-000000000000'

/** To read dates, or also to change this one application's secrets. Never more: `.ReadWrite.All` changes every application. */
export type GraphPermission = 'Application.Read.All' | 'Application.ReadWrite.OwnedBy'

/**
 * PowerShell lines, ready to copy, that give the application this permission on Graph. Permission ids differ from cloud to cloud,
 * so the role is looked up by its name. To change its own secrets the application must also own itself.
 */
export function grantCommands({ exchange }: EntraServer, permission: GraphPermission): string[] {
  const { cloud, clientId } = exchange
  const owns = permission === 'Application.ReadWrite.OwnedBy'
  const scopes = ['AppRoleAssignment.ReadWrite.All', owns ? 'Application.ReadWrite.All' : 'Application.Read.All']
  const own = powershellString(odataEquals('appId', clientId))
  const self = `${new URL(cloud.graphUrl).origin}/v1.0/directoryObjects/`
  return [
    connectGraph(cloud, ...scopes),
    `$sp = Get-MgServicePrincipal -Filter ${own}`,
    `$graph = Get-MgServicePrincipal -Filter ${powershellString(odataEquals('appId', GRAPH_APP_ID))}`,
    `$role = $graph.AppRoles | Where-Object { $_.Value -eq ${powershellString(permission)} -and $_.AllowedMemberTypes -contains 'Application' }`,
    'New-MgServicePrincipalAppRoleAssignment -ServicePrincipalId $sp.Id -PrincipalId $sp.Id -ResourceId $graph.Id -AppRoleId $role.Id',
    ...(owns
      ? [
          `$app = Get-MgApplication -Filter ${own}`,
          `New-MgApplicationOwnerByRef -ApplicationId $app.Id -BodyParameter @{ '@odata.id' = ${powershellString(self)} + $sp.Id }`,
        ]
      : []),
  ]
}

/** The commands for one mail server, or null if it does not sign in at Entra. */
const commandsFor =
  (lines: (server: EntraServer) => string[]) =>
  async (deps: CredentialsDeps, mailServerId: string): Promise<string[] | null> => {
    const server = await readServer(deps, mailServerId)
    return server && isEntraServer(server) ? lines(server) : null
  }

/** What an administrator runs to allow the rotation of a client secret. */
export const rotationGrant = commandsFor((server) => grantCommands(server, 'Application.ReadWrite.OwnedBy'))

/** What an administrator runs to see the object ID that the rotation of a certificate needs. */
export const objectIdCommands = commandsFor(objectIdLines)
