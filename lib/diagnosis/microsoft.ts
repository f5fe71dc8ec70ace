import type { Cloud } from '../kernel'
import templates from '../kernel/generated/microsoft.json'
import { type TemplateParts, templateLines } from '../kernel/template'
import { powershellString } from './powershell'

/** Application id of Exchange Online, the same in every cloud. The audience of a token may be this id. */
export const EXCHANGE_APP_ID = '00000002-0000-0ff1-ce00-000000000000'

/** The role that lets an application submit mail. */
export const SEND_AS_APP = 'SMTP.SendAsApp'

/** The role of RBAC for Applications that lets an application submit mail, without anything in Entra. */
const RBAC_ROLE = 'Application SMTP.SendAsApp'
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

/**
 * In place of an application of one's own, in every language. Microsoft's application for Graph PowerShell does not exist in the China
 * cloud (github.com/microsoftgraph/msgraph-sdk-powershell/issues/802). It is a gap, as `docs/set-up-at-microsoft.md` explains.
 */
const GRAPH_CLIENT_GAP = '\u2039Graph PowerShell: client ID\u203a'

function connectExchange(cloud: Cloud | undefined): string {
  const name = cloud?.exchangeEnvironmentName
  return name ? `Connect-ExchangeOnline -ExchangeEnvironmentName ${powershellString(name)}` : 'Connect-ExchangeOnline'
}

function connectGraph(cloud: Cloud | undefined, tenantId: string | undefined, scopes: readonly string[]) {
  const environment = GRAPH_ENVIRONMENT[cloud?.exchangeEnvironmentName ?? '']
  const inCloud = environment ? ` -Environment ${environment}` : ''
  const byOwnApplication = environment === 'China' ? ` -ClientId ${powershellString(GRAPH_CLIENT_GAP)}` : ''
  const inTenant = tenantId === undefined ? '' : ` -TenantId ${powershellString(tenantId)}`
  return `Connect-MgGraph -Scopes ${scopes.map(powershellString).join(', ')}${inCloud}${byOwnApplication}${inTenant}`
}

/** Writes an OData filter for one exact value, in which `'` is doubled. */
export const odataEquals = (property: string, value: string): string =>
  `${property} eq '${value.replaceAll("'", "''")}'`

/** Names that every template of `templates/microsoft` may contain. */
const CONSTANTS: Readonly<Record<string, string>> = { EXCHANGE_APP_ID, SEND_AS_APP, RBAC_ROLE, RBAC_NAME_BEGINS }

/**
 * Writes the lines of a script or of commands for Microsoft, or for a shell. What a template says beyond the cloud is in `parts`.
 *
 * @param parts.tenantId called if the template connects to Graph. Without a tenant, a guest or a consultant would sign in to their own one
 */
export const microsoftLines = (
  name: keyof typeof templates,
  cloud: Cloud | undefined,
  { tenantId, ...parts }: TemplateParts & { tenantId?: (() => string) | undefined },
): string[] =>
  templateLines(templates, name, {
    ...parts,
    fill(placeholder, ...values) {
      if (placeholder === 'connectExchange') return connectExchange(cloud)
      if (placeholder === 'connectGraph') return connectGraph(cloud, tenantId?.(), values)
      return CONSTANTS[placeholder] ?? parts.fill?.(placeholder, ...values)
    },
  })

export const isMicrosoftTemplate = (name: string): name is keyof typeof templates => Object.hasOwn(templates, name)
