import type { Environment } from '../config/environment'
import { createClientAssertions, createDirectory, createTokenCache, createTokenSource } from '../entra'
import type { Directory, TokenCache, TokenSource } from '../entra/contracts'
import type { Clock } from '../kernel/clock'
import { createDialer, createIdentityHttp, type Dialer, type Resolver } from '../net'
import { createWebhookClient, type WebhookClient } from '../webhooks/client'

export interface ClientsDeps {
  environment: Pick<Environment, 'clouds' | 'allowNetworks' | 'allowPorts' | 'federatedTokenFile' | 'managedIdentity'>
  clock: Clock
}

/** For tests on this machine: names that no resolver knows, certificates that no public root signed. */
export interface Dialling {
  resolver?: Resolver
  ca?: readonly string[]
}

/** Everything that leaves this house, by one dialer. One for each process: the keeper holds its tokens. */
export interface Clients {
  dialer: Dialer
  /** Always asks: for tests and probes. */
  tokens: TokenSource
  /** Asks when it must: for mail and for Graph. */
  tokenCache: TokenCache
  /** Microsoft Graph, for credentials. */
  directory: Directory
  webhooks: WebhookClient
}

export function createClients({ environment, clock }: ClientsDeps, dialling: Dialling = {}): Clients {
  const { allowNetworks, allowPorts, clouds, federatedTokenFile, managedIdentity } = environment
  // The deployment's clouds file names their SMTP ports; choosing such a cloud needs no second permission.
  const cloudPorts = clouds.map(({ smtpPort }) => smtpPort)
  const dialer = createDialer({
    allowNetworks,
    allowPorts: [...allowPorts, ...cloudPorts],
    identityEndpoint: managedIdentity?.endpoint ?? null,
    clock,
    ...dialling,
  })
  const assertions = createClientAssertions({
    federatedTokenFile,
    managedIdentity: managedIdentity && {
      ...managedIdentity,
      http: createIdentityHttp(dialer, managedIdentity.endpoint),
    },
    clock,
  })
  const tokens = createTokenSource(dialer, { clock, assertions })
  const tokenCache = createTokenCache(tokens, { clock })
  const directory = createDirectory({ dialer, tokens, tokenCache, clock })
  return { dialer, tokens, tokenCache, directory, webhooks: createWebhookClient(dialer) }
}
