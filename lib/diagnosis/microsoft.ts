import type { Cloud } from '../kernel/clouds'
import { powershellString } from './powershell'

/** Application id of Exchange Online, the same in every cloud. The audience of a token may be this id. */
export const EXCHANGE_APP_ID = '00000002-0000-0ff1-ce00-000000000000'

/** The role that lets an application submit mail. */
export const SEND_AS_APP = 'SMTP.SendAsApp'

/** The role of RBAC for Applications that lets an application submit mail, without anything in Entra. */
export const RBAC_ROLE = 'Application SMTP.SendAsApp'
/**
 * The beginning of the names of our scope and our assignment. The application id follows, so that a second console in the same tenant
 * does not change the scope of the first. A name has at most 64 characters.
 */
export const RBAC_NAME_BEGINS = 'Postroom '

/** Values of `Connect-MgGraph -Environment`, by the name of the same cloud in Exchange's module. */
const GRAPH_ENVIRONMENT: Record<string, string> = {
  O365USGovGCCHigh: 'USGov',
  O365USGovDoD: 'USGovDoD',
  O365China: 'China',
}

export function connectExchange(cloud: Cloud | null | undefined): string {
  const name = cloud?.exchangeEnvironmentName
  return name ? `Connect-ExchangeOnline -ExchangeEnvironmentName ${powershellString(name)}` : 'Connect-ExchangeOnline'
}

export function connectGraph(cloud: Cloud | null | undefined, ...scopes: readonly string[]): string {
  const environment = GRAPH_ENVIRONMENT[cloud?.exchangeEnvironmentName ?? '']
  return `Connect-MgGraph -Scopes ${scopes.map(powershellString).join(', ')}${environment ? ` -Environment ${environment}` : ''}`
}

/** An OData filter for one exact value, in which `'` is doubled. */
export const odataEquals = (property: string, value: string): string =>
  `${property} eq '${value.replaceAll("'", "''")}'`

/** Finds Exchange Online's service principal and the role by its value, because role ids differ between clouds. */
export const FIND_SEND_AS_APP: readonly string[] = [
  `$exo = Get-MgServicePrincipal -Filter ${powershellString(odataEquals('appId', EXCHANGE_APP_ID))}`,
  `$role = $exo.AppRoles | Where-Object { $_.Value -eq '${SEND_AS_APP}' -and $_.AllowedMemberTypes -contains 'Application' }`,
]

/** This assignment is the admin consent. It needs `$sp`, `$exo` and `$role`. */
export const GRANT_SEND_AS_APP =
  'New-MgServicePrincipalAppRoleAssignment -ServicePrincipalId $sp.Id -PrincipalId $sp.Id -ResourceId $exo.Id -AppRoleId $role.Id'
