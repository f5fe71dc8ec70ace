import type { Cloud } from '../kernel/clouds'

/**
 * How Exchange lets the application in. `mailbox`: a role in Entra and a permission on the mailbox (path A). `rbac`: RBAC for
 * Applications, a role in Exchange over one mailbox and nothing in Entra (path B).
 */
export const PATHS = ['mailbox', 'rbac'] as const
export type Path = (typeof PATHS)[number]

/** What the application proves itself by. */
export const PROOFS = ['secret', 'certificate'] as const
export type Proof = (typeof PROOFS)[number]

/** What the Entra part is scripted in; Exchange is scripted in PowerShell alone. */
export const TOOLS = ['powershell', 'az'] as const
export type Tool = (typeof TOOLS)[number]

/** Whose part of the work a step or a script is. */
export const PARTS = ['entra', 'exchange', 'here'] as const
export type Part = (typeof PARTS)[number]

/** What the guide is written for. Null: not known yet; a marked gap stands in its place. */
export interface GuideValues {
  cloud: Cloud
  /** GUID or a domain of the tenant. */
  tenantId: string | null
  clientId: string | null
  /** Of the Enterprise application, not of the registration. */
  objectId: string | null
  sender: string | null
  /** What the registration is called in Entra. */
  appName: string
}

export interface Choices {
  path: Path
  proof: Proof
  tool: Tool
}

export const DEFAULT_APP_NAME = 'Postroom'

/** The secret and the certificate are found again by this name, so it is no value of anybody's. */
export const CREDENTIAL_NAME = 'Postroom'

const AZ_CLOUD: Record<string, string> = { O365USGovGCCHigh: 'AzureUSGovernment', O365China: 'AzureChinaCloud' }

/** What `az cloud` calls it; null: `az` does not reach this cloud's Graph, as with DoD. */
export function azCloud({ exchangeEnvironmentName }: Cloud): string | null {
  return exchangeEnvironmentName === null ? 'AzureCloud' : (AZ_CLOUD[exchangeEnvironmentName] ?? null)
}
