import type { Cloud } from '../kernel'

/**
 * How Exchange authorises the application. `mailbox` (path A): a role in Entra and a permission on the mailbox. `rbac` (path B): RBAC
 * for Applications, a role in Exchange that is limited to one mailbox, and nothing in Entra.
 */
export const PATHS = ['mailbox', 'rbac'] as const
export type Path = (typeof PATHS)[number]

/** The kind of credential that the guide creates. */
export const GUIDE_CREDENTIALS = ['secret', 'certificate'] as const
export type GuideCredential = (typeof GUIDE_CREDENTIALS)[number]

/** What the scripts for Entra use. Exchange has PowerShell only. */
export const TOOLS = ['powershell', 'az'] as const

/** Where a step is done. A script belongs to one of the first two. */
export const PARTS = ['entra', 'exchange', 'here'] as const
export type Part = (typeof PARTS)[number]

/** The values that the guide is written for. A value that is null is not known yet and shown as a marked gap. */
export interface GuideValues {
  cloud: Cloud | null
  /** GUID or a domain of the tenant. */
  tenantId: string | null
  clientId: string | null
  /** Object ID of the enterprise application, not of the app registration. */
  objectId: string | null
  sender: string | null
  /** Name of the app registration in Entra. */
  appName: string
}

export interface Choices {
  path: Path
  credential: GuideCredential
  tool: (typeof TOOLS)[number]
}

export const DEFAULT_APP_NAME = 'Postroom'

/** Scripts find their secret and certificate again by this name, so it cannot be changed. */
export const CREDENTIAL_NAME = 'Postroom'

const AZ_CLOUD: Record<string, string> = { O365USGovGCCHigh: 'AzureUSGovernment', O365China: 'AzureChinaCloud' }

/** The name of this cloud in `az cloud`. Null if `az` has no Graph for it, as for DoD, or if the cloud is not known. */
export function azCloud(cloud: Cloud | null): string | null {
  if (cloud === null) return null
  const { exchangeEnvironmentName } = cloud
  return exchangeEnvironmentName === null ? 'AzureCloud' : (AZ_CLOUD[exchangeEnvironmentName] ?? null)
}
