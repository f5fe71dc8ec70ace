import builtIn from '../../docs/clouds.json'

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

/**
 * In the format of `POSTROOM_CLOUDS_FILE`. Their values are from Microsoft's pages about national clouds; the DoD scope is disputed between
 * sources, and the deployment may override it.
 */
export const BUILT_IN_CLOUDS: readonly Cloud[] = builtIn
