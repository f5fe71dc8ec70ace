import type { Cloud } from '../kernel/clouds'
import { powershellString } from './powershell'

/** Exchange Online's own application id, the same in every cloud; a token may name its audience by it. */
export const EXCHANGE_APP_ID = '00000002-0000-0ff1-ce00-000000000000'

/** The role that lets an application submit mail. */
export const SEND_AS_APP = 'SMTP.SendAsApp'

/** The role of RBAC for Applications that lets an application submit mail, without anything in Entra. */
export const RBAC_ROLE = 'Application SMTP.SendAsApp'
/**
 * What our scope and our assignment are called, with the application's id behind it: a second console in the same tenant has its
 * own, and does not move the first one's scope to another mailbox. At most 64 characters.
 */
export const RBAC_NAME_BEGINS = 'Postroom '

/** `Connect-MgGraph -Environment` by the name that Exchange's module has for the same cloud. */
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

/** An OData filter for one exact value, in which `'` stands doubled. */
export const odataEquals = (property: string, value: string): string =>
  `${property} eq '${value.replaceAll("'", "''")}'`

/** Exchange Online's service principal, and in it the role by its value: role ids differ from cloud to cloud. */
export const FIND_SEND_AS_APP: readonly string[] = [
  `$exo = Get-MgServicePrincipal -Filter ${powershellString(odataEquals('appId', EXCHANGE_APP_ID))}`,
  `$role = $exo.AppRoles | Where-Object { $_.Value -eq '${SEND_AS_APP}' -and $_.AllowedMemberTypes -contains 'Application' }`,
]

/** This assignment is the admin consent. Wants `$sp`, `$exo` and `$role`. */
export const GRANT_SEND_AS_APP =
  'New-MgServicePrincipalAppRoleAssignment -ServicePrincipalId $sp.Id -PrincipalId $sp.Id -ResourceId $exo.Id -AppRoleId $role.Id'
