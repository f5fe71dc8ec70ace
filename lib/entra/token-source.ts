import { ConfidentialClientApplication, LogLevel, type NodeAuthOptions } from '@azure/msal-node'
import { type Clock, fail, ok, systemClock } from '../kernel'
import { Redacted } from '../kernel/redacted'
import { createHttps, createScrubber, type Dialer, type Https } from '../net'
import { type ClientAssertions, createClientAssertions } from './client-assertions'
import type { TokenRequest, TokenSource } from './contracts'
import { faultOf } from './faults'
import { TracedNetwork, usableToken } from './network'

interface TokenSourceParts {
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
export function createTokenSource(dialer: Dialer, parts: TokenSourceParts = {}): TokenSource {
  const { clock = systemClock, https = createHttps(dialer) } = parts
  const { assertions = createClientAssertions(NO_ASSERTIONS) } = parts
  return {
    async fresh(request, signal) {
      const authentication = await authenticationFor(request, assertions, signal)
      if (!authentication.ok) return authentication
      const network = new TracedNetwork(https, request.cloud.loginOrigin, signal)
      const [requestedAt, requestedMs] = [clock.now(), clock.monotonicMs()]
      const { proof, auth } = authentication.value
      const refused = (thrown: unknown) => fail(faultOf(thrown, network.trace.at(-1), createScrubber([proof])))
      try {
        await clientFor(request, auth, network).acquireTokenByClientCredential({
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
        requestedMs,
        // Counted from the time of the request, because the clock of the server may differ.
        expiresAt: new Date(requestedAt.getTime() + token.expiresInS * 1000),
        peerDate: last.reply.peerDate,
      })
    },
  }
}

export const scopeOf = ({ cloud, resource }: Pick<TokenRequest, 'cloud' | 'resource'>): string =>
  resource === 'exchange' ? cloud.exchangeScope : `${cloud.graphUrl}/.default`

/** What authenticates to Entra, the secret of the credential or the client assertion that replaces it, and how MSAL takes it. */
async function authenticationFor(
  { credential, cloud }: TokenRequest,
  assertions: ClientAssertions,
  signal: AbortSignal,
) {
  switch (credential.kind) {
    case 'client-secret':
      return ok({ proof: credential.secret, auth: { clientSecret: credential.secret.reveal() } })
    case 'certificate': {
      const { privateKey, thumbprint: thumbprintSha256 } = credential
      // With SHA-256 MSAL signs with PS256 and sends `x5t#S256`. SHA-1 is for AD FS.
      const clientCertificate = { privateKey: privateKey.reveal(), thumbprintSha256 }
      return ok({ proof: privateKey, auth: { clientCertificate } })
    }
    case 'federated-token':
    case 'managed-identity': {
      const assertion = await assertions.assertion(credential.kind, cloud, signal)
      if (!assertion.ok) return assertion
      return ok({ proof: assertion.value, auth: { clientAssertion: assertion.value.reveal() } })
    }
  }
}

/** The definition of the cloud provides everything that MSAL would otherwise look up. */
function clientFor(
  { cloud, tenantId, clientId }: TokenRequest,
  auth: Partial<NodeAuthOptions>,
  networkClient: TracedNetwork,
) {
  const login = new URL(cloud.loginOrigin)
  const base = `${login.origin}/{tenantid}`
  return new ConfidentialClientApplication({
    auth: {
      clientId,
      ...auth,
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
