import type { Environment } from '../config/environment'
import { createClientAssertions, createDirectory, createTokenCache, createTokenSource } from '../entra'
import type { Clock } from '../kernel'
import { createDialer, createIdentityHttp, type Resolver } from '../net'
import { createMailTransport } from '../smtp/transport'
import { createWebhookClient } from '../webhooks/client'

export interface VendorClientsDeps {
  environment: Pick<
    Environment,
    'baseUrl' | 'clouds' | 'allowNetworks' | 'allowPorts' | 'federatedTokenFile' | 'managedIdentity'
  >
  clock: Clock
}

/** For tests on this machine: names that no resolver knows, certificates that no public root signed. */
export interface Dialling {
  resolver?: Resolver
  ca?: readonly string[]
}

export type VendorClients = ReturnType<typeof createVendorClients>

/** The clients of all vendors, on one dialer. One set for each process, because the token cache is in memory. */
export function createVendorClients({ environment, clock }: VendorClientsDeps, dialling: Dialling = {}) {
  const { allowNetworks, allowPorts, clouds, federatedTokenFile, managedIdentity } = environment
  // The deployment's clouds file names their SMTP ports; a cloud that is chosen needs no second permission.
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
  const transport = createMailTransport(dialer, { ehloName: greetingName(environment.baseUrl), clock })
  return {
    dialer,
    /** Requests a new token each time, for tests and daily checks. */
    tokens,
    /** Requests a token only when none is valid, for mail and Graph. */
    tokenCache,
    directory,
    transport,
    webhooks: createWebhookClient(dialer),
  }
}

/** The name of this console in EHLO. A machine without a domain name uses its address (RFC 5321 §4.1.3). */
export function greetingName({ hostname }: URL): string {
  if (/^\d+(?:\.\d+){3}$/.test(hostname)) return `[${hostname}]`
  if (hostname.startsWith('[')) return `[IPv6:${hostname.slice(1, -1)}]`
  return hostname.includes('.') ? hostname : '[127.0.0.1]'
}
