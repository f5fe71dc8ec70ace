import { ConfidentialClientApplication, LogLevel } from '@azure/msal-node'
import { type Clock, systemClock } from '../kernel/clock'
import { Redacted } from '../kernel/redacted'
import { fail, ok } from '../kernel/result'
import { createHttps, createScrubber, type Dialer, type Https } from '../net'
import { type ClientAssertions, createClientAssertions } from './client-assertions'
import type { TokenRequest, TokenSource } from './contracts'
import { faultOf } from './faults'
import { TracedNetwork } from './network'
import { usableToken } from './token-reply'

export interface TokenSourceParts {
  clock?: Clock
  https?: Https
  /** Without them there is neither a federated token nor a managed identity. */
  assertions?: ClientAssertions
}

const NO_ASSERTIONS = { federatedTokenFile: null, managedIdentity: null }

/**
 * Requests tokens from Entra. Each call is one POST by a new MSAL client, so that neither MSAL's cache nor its throttling after a 429 or
 * 5xx answers instead of Entra.
 */
export function createTokenSource(
  dialer: Dialer,
  {
    clock = systemClock,
    https = createHttps(dialer),
    assertions = createClientAssertions(NO_ASSERTIONS),
  }: TokenSourceParts = {},
): TokenSource {
  return {
    async fresh(request, signal) {
      const authentication = await authenticationFor(request, assertions, signal)
      if (!authentication.ok) return authentication
      const network = new TracedNetwork(https, request.cloud.loginOrigin, signal)
      const requestedAt = clock.now()
      const refused = (thrown: unknown) =>
        fail(faultOf(thrown, network.trace.at(-1), createScrubber([secretIn(authentication.value)])))
      try {
        await clientFor(request, authentication.value, network).acquireTokenByClientCredential({
          scopes: [scopeOf(request)],
          skipCache: true,
        })
      } catch (thrown) {
        return refused(thrown)
      }
      const last = network.trace.at(-1)
      const token = last?.kind === 'answered' ? usableToken(last.reply.body) : null
      if (last?.kind !== 'answered' || !token) return refused(new Error('MSAL reports a token that no reply carried'))
      return ok({
        bearer: new Redacted(token.bearer),
        // From the lifetime and the time of the request, because the clock of the server may differ.
        expiresAt: new Date(requestedAt.getTime() + token.expiresInS * 1000),
        peerDate: last.reply.peerDate,
      })
    },
  }
}

export const scopeOf = ({ cloud, resource }: Pick<TokenRequest, 'cloud' | 'resource'>): string =>
  resource === 'exchange' ? cloud.exchangeScope : `${cloud.graphUrl}/.default`

/** What authenticates to Entra: the secret of the credential, or the client assertion that replaces it. */
type Authentication =
  | { kind: 'secret'; secret: Redacted }
  | { kind: 'certificate'; privateKey: Redacted; thumbprint: string }
  | { kind: 'assertion'; assertion: Redacted }

async function authenticationFor(
  { credential, cloud }: TokenRequest,
  assertions: ClientAssertions,
  signal: AbortSignal,
) {
  switch (credential.kind) {
    case 'client-secret':
      return ok<Authentication>({ kind: 'secret', secret: credential.secret })
    case 'certificate':
      return ok<Authentication>(credential)
    case 'federated-token':
    case 'managed-identity': {
      const assertion = await assertions.assertion(credential.kind, cloud, signal)
      return assertion.ok ? ok<Authentication>({ kind: 'assertion', assertion: assertion.value }) : assertion
    }
  }
}

function secretIn(authentication: Authentication): Redacted {
  if (authentication.kind === 'secret') return authentication.secret
  return authentication.kind === 'certificate' ? authentication.privateKey : authentication.assertion
}

function authOf(authentication: Authentication) {
  switch (authentication.kind) {
    case 'secret':
      return { clientSecret: authentication.secret.reveal() }
    case 'certificate':
      // With SHA-256 MSAL signs with PS256 and sends `x5t#S256`. SHA-1 is for AD FS.
      return {
        clientCertificate: {
          privateKey: authentication.privateKey.reveal(),
          thumbprintSha256: authentication.thumbprint,
        },
      }
    case 'assertion':
      return { clientAssertion: authentication.assertion.reveal() }
  }
}

/** The definition of the cloud provides everything that MSAL would otherwise look up. */
function clientFor(
  { cloud, tenantId, clientId }: TokenRequest,
  authentication: Authentication,
  networkClient: TracedNetwork,
) {
  const login = new URL(cloud.loginOrigin)
  const base = `${login.origin}/{tenantid}`
  return new ConfidentialClientApplication({
    auth: {
      clientId,
      ...authOf(authentication),
      authority: `${login.origin}/${encodeURIComponent(tenantId)}`,
      knownAuthorities: [login.host],
      authorityMetadata: JSON.stringify({
        authorization_endpoint: `${base}/oauth2/v2.0/authorize`,
        token_endpoint: `${base}/oauth2/v2.0/token`,
        issuer: `${base}/v2.0`,
        jwks_uri: `${base}/discovery/v2.0/keys`,
      }),
    },
    system: {
      networkClient,
      loggerOptions: { loggerCallback: () => {}, piiLoggingEnabled: false, logLevel: LogLevel.Error },
    },
  })
}
