import { ConfidentialClientApplication, LogLevel } from '@azure/msal-node'
import type { ClientCredential, TokenRequest, TokenSource } from '../delivery/ports'
import { type Clock, systemClock } from '../kernel/clock'
import { Redacted } from '../kernel/redacted'
import { fail, ok } from '../kernel/result'
import { createHttps, createScrubber, type Dialer, type Https } from '../net'
import { faultOf } from './faults'
import { TracedNetwork } from './network'
import { usableToken } from './token-reply'

/**
 * Tokens straight from Entra: each call is one POST by a new MSAL client, so that neither MSAL's cache nor its throttling
 * after a 429 or 5xx answers in Entra's place.
 */
export function createTokenSource(
  dialer: Dialer,
  { clock = systemClock, https = createHttps(dialer) }: { clock?: Clock; https?: Https } = {},
): TokenSource {
  return {
    async fresh(request, signal) {
      const network = new TracedNetwork(https, request.cloud.loginOrigin, signal)
      const askedAt = clock.now()
      try {
        await clientFor(request, network).acquireTokenByClientCredential({
          scopes: [
            request.resource === 'exchange' ? request.cloud.exchangeScope : `${request.cloud.graphUrl}/.default`,
          ],
          skipCache: true,
        })
      } catch (thrown) {
        return fail(faultOf(thrown, network.trace.at(-1), createScrubber(secretsOf(request.credential))))
      }
      const last = network.trace.at(-1)
      const token = last?.kind === 'answered' ? usableToken(last.reply.body) : null
      if (last?.kind !== 'answered' || !token) throw new Error('MSAL reports a token that no reply carried')
      return ok({
        bearer: new Redacted(token.bearer),
        // By lifetime, not by the peer's clock, and counted from the question (F-62).
        expiresAt: new Date(askedAt.getTime() + token.expiresInS * 1000),
        peerDate: last.reply.peerDate,
      })
    },
  }
}

const secretsOf = (credential: ClientCredential): Redacted[] =>
  credential.kind === 'client-secret'
    ? [credential.secret]
    : credential.kind === 'certificate'
      ? [credential.privateKey]
      : []

function proofOf(credential: ClientCredential) {
  switch (credential.kind) {
    case 'client-secret':
      return { clientSecret: credential.secret.reveal() }
    case 'certificate':
      return {
        clientCertificate: {
          privateKey: credential.privateKey.reveal(),
          thumbprintSha256: credential.thumbprint,
        },
      }
    case 'federated-token':
    case 'managed-identity':
      throw new Error(`no proof is given here for ${credential.kind}`)
  }
}

/** Everything MSAL would otherwise look up comes from the cloud's definition, for every cloud alike. */
function clientFor({ cloud, tenantId, clientId, credential }: TokenRequest, networkClient: TracedNetwork) {
  const login = new URL(cloud.loginOrigin)
  const base = `${login.origin}/{tenantid}`
  return new ConfidentialClientApplication({
    auth: {
      clientId,
      ...proofOf(credential),
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
