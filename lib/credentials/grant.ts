import { microsoftLines, odataEquals, powershellString } from '../diagnosis'
import type { CredentialsDeps } from './deps'
import { type EntraServer, isEntraServer } from './entra'
import { readServer } from './store/servers'

/** To read dates, or also to change this one application's secrets. Never more: `.ReadWrite.All` changes every application. */
export type GraphPermission = 'Application.Read.All' | 'Application.ReadWrite.OwnedBy'

/** PowerShell lines, ready to copy, that give the application this permission on Graph. */
export const grantCommands = (server: EntraServer, permission: GraphPermission): string[] =>
  linesFor('grant-permission', server, permission)

/** PowerShell lines that print the object ID of the app registration, which the portal shows too. */
export const objectIdLines = (server: EntraServer): string[] => linesFor('object-id', server)

function linesFor(name: 'grant-permission' | 'object-id', { exchange }: EntraServer, permission = ''): string[] {
  const { cloud, tenantId, clientId } = exchange
  const texts: Readonly<Record<string, string>> = {
    permission,
    appIdFilter: powershellString(odataEquals('appId', clientId)),
    directoryObjects: powershellString(`${new URL(cloud.graphUrl).origin}/v1.0/directoryObjects/`),
  }
  return microsoftLines(name, cloud, {
    tenantId: () => tenantId,
    conditions: { owns: permission === 'Application.ReadWrite.OwnedBy' },
    fill: (name) => texts[name],
  })
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
