import type { Directory } from '../credentials/ports'
import type { TokenKeeper, TokenSource } from '../delivery/ports'
import { createDirectory, createProofs, createTokenKeeper, createTokenSource } from '../entra'
import type { Clock } from '../kernel/clock'
import {
  createDialer,
  createIdentityHttp,
  createWebhookClient,
  type Dialer,
  type Resolver,
  type WebhookClient,
} from '../net'
import type { Environment } from './environment'

export interface OutwardWiring {
  environment: Pick<Environment, 'clouds' | 'allowNetworks' | 'allowPorts' | 'federatedTokenFile' | 'managedIdentity'>
  clock: Clock
}

/** For tests on this machine: names that no resolver knows, certificates that no public root signed. */
export interface Dialling {
  resolver?: Resolver
  ca?: readonly string[]
}

/** Everything that leaves this house, by one dialer (N-01). One for each process: the keeper holds its tokens. */
export interface Outward {
  dialer: Dialer
  /** Always asks: for tests and probes. */
  tokens: TokenSource
  /** Asks when it must: for mail and for Graph. */
  keeper: TokenKeeper
  /** Microsoft Graph, for credentials. */
  directory: Directory
  webhooks: WebhookClient
}

export function createOutward({ environment, clock }: OutwardWiring, dialling: Dialling = {}): Outward {
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
  const proofs = createProofs({
    federatedTokenFile,
    managedIdentity: managedIdentity && {
      ...managedIdentity,
      http: createIdentityHttp(dialer, managedIdentity.endpoint),
    },
    clock,
  })
  const tokens = createTokenSource(dialer, { clock, proofs })
  const keeper = createTokenKeeper(tokens, { clock })
  const directory = createDirectory({ dialer, tokens, keeper, clock })
  return { dialer, tokens, keeper, directory, webhooks: createWebhookClient(dialer) }
}
