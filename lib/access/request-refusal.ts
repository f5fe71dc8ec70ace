/** Why a request that would change something was rejected before its session was checked. */
export const REQUEST_REFUSALS = [
  ...([
    'origin-missing',
    'origin-foreign',
    'cross-site',
    'content-type',
    'too-large',
    'malformed',
    'unknown-action',
  ] as const),
]
export type RequestRefusal = (typeof REQUEST_REFUSALS)[number]

/** The HTTP status of each reason. */
export const STATUS_OF: Record<RequestRefusal, number> = {
  'origin-missing': 403,
  'origin-foreign': 403,
  'cross-site': 403,
  'content-type': 415,
  'too-large': 413,
  malformed: 400,
  'unknown-action': 404,
}

/**
 * Larger forms are rejected unread. The largest form is that of the policy page: 50 rules of nine fields, 20,000 characters in all, and the
 * same again as the state of the form.
 */
export const FORM_BYTES_MAX = 256 * 1024

/** Forms with more fields are rejected unparsed. The policy page with 50 rules has about 500. */
export const FORM_FIELDS_MAX = 1000

/** The requested path, for the redirect after sign-in. incoming-requests.ts sets it and overwrites a header of this name from the client. */
export const PATH_HEADER = 'x-postroom-path'

/** The real `Origin` where Next.js must not check it; see lib/access/incoming-requests.ts. */
export const ORIGIN_HEADER = 'x-postroom-origin'

const FORM_TYPES = ['multipart/form-data', 'application/x-www-form-urlencoded']

/**
 * Checks that a state-changing request comes from a page of this console: the browser's `Origin` must be present and equal ours, and
 * `Sec-Fetch-Site`, if the browser sends it, must be `same-origin`. All forms post form data, with JavaScript and without.
 */
export function requestRefusal(headers: Headers, ownOrigin: string): RequestRefusal | null {
  const origin = headers.get(ORIGIN_HEADER) ?? headers.get('origin')
  if (origin === null || origin === '') return 'origin-missing'
  if (origin !== ownOrigin) return 'origin-foreign'
  const site = headers.get('sec-fetch-site')
  if (site !== null && site !== 'same-origin') return 'cross-site'
  const type = (headers.get('content-type') ?? '').toLowerCase().replaceAll(' ', '')
  if (!FORM_TYPES.some((allowed) => type === allowed || type.startsWith(`${allowed};`))) return 'content-type'
  const length = headers.get('content-length')
  if (length !== null && !(Number(length) <= FORM_BYTES_MAX)) return 'too-large'
  return null
}

/** Bytes of a parsed form: names, texts and files alike. */
export function formBytes(form: FormData): number {
  let bytes = 0
  for (const [name, value] of form) {
    bytes += Buffer.byteLength(name) + (typeof value === 'string' ? Buffer.byteLength(value) : value.size)
  }
  return bytes
}
