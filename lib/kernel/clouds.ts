/**
 * A Microsoft cloud as data: no value is derived from another, and the same code path serves every cloud. The deployment may
 * add clouds (`POSTROOM_CLOUDS_FILE`); a browser user cannot, because the client secret is posted to `loginOrigin`.
 */
export interface Cloud {
  id: string
  name: string
  /** Origin of the token endpoint, https only. */
  loginOrigin: string
  /** Scope of the client-credentials request; ends in `/.default`. */
  exchangeScope: string
  /** Accepted `aud` claims of an Exchange Online token. */
  exchangeAudiences: string[]
  /** Audience of a token that replaces a secret at this cloud's Entra (workload identity federation). */
  tokenExchangeAudience: string
  graphUrl: string
  smtpHost: string
  smtpPort: number
  /** `Connect-ExchangeOnline -ExchangeEnvironmentName`, or null if the parameter is left out. */
  exchangeEnvironmentName: string | null
  portalUrl: string
}

/** Values: Microsoft's national-cloud pages; the DoD scope is disputed between sources and is the deployment's to override. */
export const BUILT_IN_CLOUDS: readonly Cloud[] = [
  {
    id: 'global',
    name: 'Microsoft 365 (global, GCC)',
    loginOrigin: 'https://login.microsoftonline.com',
    exchangeScope: 'https://outlook.office365.com/.default',
    exchangeAudiences: ['https://outlook.office365.com', 'https://outlook.office.com'],
    tokenExchangeAudience: 'api://AzureADTokenExchange',
    graphUrl: 'https://graph.microsoft.com',
    smtpHost: 'smtp.office365.com',
    smtpPort: 587,
    exchangeEnvironmentName: null,
    portalUrl: 'https://entra.microsoft.com',
  },
  {
    id: 'gcc-high',
    name: 'US Government GCC High',
    loginOrigin: 'https://login.microsoftonline.us',
    exchangeScope: 'https://outlook.office365.us/.default',
    exchangeAudiences: ['https://outlook.office365.us'],
    tokenExchangeAudience: 'api://AzureADTokenExchangeUSGov',
    graphUrl: 'https://graph.microsoft.us',
    smtpHost: 'smtp.office365.us',
    smtpPort: 587,
    exchangeEnvironmentName: 'O365USGovGCCHigh',
    portalUrl: 'https://portal.azure.us',
  },
  {
    id: 'dod',
    name: 'US Government DoD',
    loginOrigin: 'https://login.microsoftonline.us',
    exchangeScope: 'https://outlook-dod.office365.us/.default',
    exchangeAudiences: ['https://outlook-dod.office365.us', 'https://outlook.office365.us'],
    tokenExchangeAudience: 'api://AzureADTokenExchangeUSGov',
    graphUrl: 'https://dod-graph.microsoft.us',
    smtpHost: 'outlook-dod.office365.us',
    smtpPort: 587,
    exchangeEnvironmentName: 'O365USGovDoD',
    portalUrl: 'https://portal.azure.us',
  },
  {
    id: 'china',
    name: 'China (21Vianet)',
    loginOrigin: 'https://login.partner.microsoftonline.cn',
    exchangeScope: 'https://partner.outlook.cn/.default',
    exchangeAudiences: ['https://partner.outlook.cn'],
    tokenExchangeAudience: 'api://AzureADTokenExchangeChina',
    graphUrl: 'https://microsoftgraph.chinacloudapi.cn',
    smtpHost: 'smtp.partner.outlook.cn',
    smtpPort: 587,
    exchangeEnvironmentName: 'O365China',
    portalUrl: 'https://portal.azure.cn',
  },
]
