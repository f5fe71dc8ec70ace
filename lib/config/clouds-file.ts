import { z } from 'zod'
import { fail, ok, parseJson, type Result } from '../kernel'
import { BUILT_IN_CLOUDS, type Cloud } from '../kernel/mail-server-settings'
import { parseSmtpHost } from '../validation/host-name'

const text = z.string().trim().min(1).max(200)

/** Client secrets are posted there: https, and nothing but an origin. */
const origin = z.string().transform((value, context) => {
  const url = URL.canParse(value) ? new URL(value) : null
  const bare = url?.protocol === 'https:' && url.pathname === '/' && !url.search && !url.hash && !url.username
  if (url && bare) return url.origin
  context.addIssue({ code: 'custom', message: 'must be an https origin, such as https://login.example' })
  return z.NEVER
})

const httpsUrl = z.string().refine((value) => {
  const url = URL.canParse(value) ? new URL(value) : null
  return url?.protocol === 'https:' && !url.username && !url.search && !url.hash
}, 'must be an https URL')

/** The deployment may name a machine inside, e.g. `localhost`; the dialer still asks for its own permission. */
const isServerName = (host: string): boolean => parseSmtpHost(host, { names: [host], ports: [] }).ok

const cloud = z.strictObject({
  id: z.string().regex(/^[a-z0-9][a-z0-9-]{0,31}$/, 'must be 1 to 32 lower-case letters, digits or hyphens'),
  name: text,
  loginOrigin: origin,
  exchangeScope: z
    .string()
    .max(200)
    .refine((scope) => scope.endsWith('/.default'), 'must end in /.default'),
  exchangeAudiences: z.array(text).min(1).max(10),
  tokenExchangeAudience: text.default('api://AzureADTokenExchange'),
  graphUrl: httpsUrl.transform((url) => url.replace(/\/+$/, '')),
  smtpHost: z.string().toLowerCase().refine(isServerName, 'must be a host name'),
  smtpPort: z.int().min(1).max(65_535),
  exchangeEnvironmentName: text.nullable(),
  portalUrl: httpsUrl,
})

const cloudsFile = z.array(cloud).max(50)

/**
 * The deployment's clouds in addition to the built-in ones. The same ID replaces a built-in one, since sources disagree about some
 * of their values. A fault is a phrase that names the place in the file.
 */
export function readCloudsFile(content: string): Result<Cloud[], string> {
  const json = parseJson(content)
  if (json === undefined) return fail('is not JSON')
  const parsed = cloudsFile.safeParse(json)
  if (!parsed.success) {
    const [issue] = parsed.error.issues
    const place = issue ? issue.path.map(String).join('.') : ''
    return fail(`${place === '' ? 'the file' : place}: ${issue?.message ?? 'does not parse'}`)
  }
  const ids = parsed.data.map(({ id }) => id)
  const twice = ids.find((id, index) => ids.indexOf(id) !== index)
  if (twice !== undefined) return fail(`the id ${twice} occurs twice`)
  return ok([...BUILT_IN_CLOUDS.filter(({ id }) => !ids.includes(id)), ...parsed.data])
}
