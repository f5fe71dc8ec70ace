import { randomUUID } from 'node:crypto'

/** Values that a description may contain. */
export interface ErrorFacts {
  tenant: string
  appId: string
  scope: string
  detail: string
}

interface EntraError {
  status: number
  error: string
  /** Without the leading number; `{tenant}`, `{app}`, `{scope}` and `{detail}` are filled in. */
  says: string
}

const as =
  (status: number, error: string) =>
  (says: string): EntraError => ({ status, error, says })
const badClient = as(401, 'invalid_client')
const badRequest = as(400, 'invalid_request')
const unauthorized = as(400, 'unauthorized_client')
const badScope = as(400, 'invalid_scope')
const badResource = as(400, 'invalid_resource')
const badGrant = as(400, 'invalid_grant')
const blocked = as(400, 'access_denied')
const busy = as(503, 'temporarily_unavailable')

/** AADSTS codes that a client-credentials request can get. Numbers, names and statuses are Entra's, the wording is ours. */
const ERRORS: Record<number, EntraError> = {
  28002: badScope('The scope {scope} asked for is not valid for this token.'),
  28003: badScope('The scope asked for may not be empty.'),
  50000: as(400, 'server_error')('The token could not be issued: an internal service reported a failure.'),
  50001: badResource('The resource {scope} is not known, or is disabled, in the directory.'),
  50012: badClient('Authentication failed: the client assertion is not acceptable. {detail}'),
  50033: busy('A temporary failure happened. Please try again.'),
  50034: badGrant('The user account does not exist in the {tenant} directory.'),
  50049: badRequest('The cloud instance asked for is unknown or not valid.'),
  50059: badRequest('No information about a tenant was found in the request, and none follows from its credentials.'),
  50126: badGrant('The user name or the password is not valid.'),
  50131: as(400, 'invalid_grant')('A conditional access rule was not met: request blocked by device or network state.'),
  50196: as(400, 'invalid_grant')('The server stopped the request: this client asked for the same token in a loop.'),
  53003: blocked('Access is blocked by Conditional Access policies, which do not allow a token to be issued.'),
  53011: blocked('Access is blocked because of risk seen on the home tenant.'),
  65001: badGrant(
    'The user or administrator has not consented to the use of application {app}. Send an interactive authorization request.',
  ),
  70001: unauthorized('The application {app} is disabled or not supported for this account.'),
  70003: as(400, 'unsupported_grant_type')('The application asked for a grant type that is not supported: {detail}.'),
  70011: badScope('The scope {scope} is not valid: it was not found or has the wrong form.'),
  70021: badRequest('No federated identity record matches the presented assertion. {detail}'),
  90002: badRequest('Tenant {tenant} was not found. Check the tenant id, and that this is the right cloud.'),
  90006: busy('An external server could not be reached in time. Please try again.'),
  90012: busy('The request took too long.'),
  90014: badRequest("The required field '{detail}' is missing from the request."),
  90024: busy('The request budget was used up. Please try again.'),
  90033: busy('A temporary error happened inside the service. Please try again later.'),
  90038: badRequest('Tenant {tenant} belongs to another national cloud.'),
  90055: as(429, 'temporarily_unavailable')('The tenant sent too many requests. Please try again later.'),
  90090: busy('The identity provider could not finish the request. Please try again.'),
  500011: badResource('The resource principal named {scope} was not found in the tenant named {tenant}.'),
  530032: blocked('Access is blocked by a security policy of the organisation.'),
  530035: blocked('Access is blocked by security defaults.'),
  650052: badRequest(
    'The organisation {tenant} has not subscribed to the service that the application needs ({scope}).',
  ),
  650053: badScope("The application {app} asked for a permission that does not exist on the resource '{scope}'."),
  650056: badRequest('The application is misconfigured: permissions for the resource may be missing from it.'),
  650057: badResource('The resource is not listed among the permissions that application {app} asks for.'),
  700011: unauthorized('Application {app} was not found in the directory {tenant}.'),
  700016: unauthorized("Application with identifier '{app}' was not found in the directory '{tenant}'."),
  700022: badClient('Issuer and subject of the client assertion are not the client id. {detail}'),
  700023: badClient('The audience of the client assertion is not this token endpoint. {detail}'),
  700024: badClient('The client assertion is not within its valid time range. {detail}'),
  700025: badClient('The client is public, so neither a client assertion nor a client secret may be presented.'),
  700027: badClient('The certificate with which the client assertion is signed is not acceptable. {detail}'),
  700030: badClient('The certificate is not acceptable: its subject or issuer is not allowed. {detail}'),
  700211: badClient('No federated identity record matches the issuer of the presented assertion. {detail}'),
  700212: badClient('No federated identity record matches the audience of the presented assertion. {detail}'),
  700213: badClient('No federated identity record matches the subject of the presented assertion. {detail}'),
  700229: badClient('Only app-only tokens may be used as federated identity credentials.'),
  900023: badRequest("The tenant identifier '{tenant}' is neither a valid DNS name nor a valid external domain."),
  900144: badRequest("The request body must contain the parameter '{detail}'."),
  900382: badRequest('Confidential clients are not supported in requests across clouds.'),
  900432: badRequest('A confidential client is not allowed in a request across clouds.'),
  901002: badRequest("The parameter 'resource' is not supported here: send 'scope'."),
  1002012: badScope('The value {scope} for the scope is not valid. A client-credentials scope must end in /.default.'),
  7000112: unauthorized("Application '{app}' is disabled."),
  7000215: badClient(
    "The client secret is not valid: send the secret's value and not its ID, for app '{app}'. {detail}",
  ),
  7000218: badClient("The request body must contain 'client_assertion' or 'client_secret'."),
  7000222: badClient("The client secrets presented for app '{app}' have expired. Create new ones in the portal."),
  7000229: badClient('The client application {app} has no service principal in the tenant {tenant}.'),
  7002131: badClient('No federated identity record has this subject. {detail}'),
  9001023: badRequest("The grant type is not supported over the /common or /consumers endpoint: use the tenant's own."),
  9002313: badRequest('The request is malformed or not valid. {detail}'),
}

/** A code that is not in the table is answered as a bad request, since Entra has more of them than are documented. */
export function entraError(number: number, facts: ErrorFacts, at: Date) {
  const { status, error, says } = ERRORS[number] ?? badRequest('The request was refused. {detail}')
  const values: Record<string, string> = { ...facts, app: facts.appId }
  const text = says.replace(/\{(\w+)\}/g, (_, name: string) => values[name] ?? '').trim()
  const timestamp = at
    .toISOString()
    .replace('T', ' ')
    .replace(/\.\d+Z$/, 'Z')
  const trace = randomUUID()
  const correlation = randomUUID()
  return {
    status,
    body: {
      error,
      error_description: `AADSTS${number}: ${text} Trace ID: ${trace} Correlation ID: ${correlation} Timestamp: ${timestamp}`,
      error_codes: [number],
      timestamp,
      trace_id: trace,
      correlation_id: correlation,
      error_uri: `https://login.microsoftonline.com/error?code=${number}`,
      ...(number === 53003 ? { suberror: 'message_only' } : {}),
    },
  }
}
