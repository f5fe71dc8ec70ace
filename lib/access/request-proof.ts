/** Why a request that would change something was turned away before anybody asked who sent it. */
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

/** The HTTP status that says the same. */
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
 * A form with every field filled to its limit is below; more is refused before it is read (W-03). The largest is the policy
 * page's: 50 rules of nine fields, 20,000 characters in all, and the same once more as the form's state.
 */
export const FORM_BYTES_MAX = 256 * 1024

/** The policy page with 50 rules has some 500 fields; a form with more than this is refused before it is parsed. */
export const FORM_FIELDS_MAX = 1000

/** Set by proxy.ts alone: where the reader wanted to go, for the way back after sign-in. An inbound one is overwritten. */
export const PATH_HEADER = 'x-postroom-path'

/** Where the true `Origin` stands when the framework must not judge it; see lib/access/incoming-requests.ts. */
export const ORIGIN_HEADER = 'x-postroom-origin'

const FORM_TYPES = ['multipart/form-data', 'application/x-www-form-urlencoded']

/**
 * Whether a state-changing request was made by a page of this console (W-04): the browser's own `Origin` must be there
 * and equal ours, and `Sec-Fetch-Site`, where a browser sends it, must say `same-origin`. Every one of our forms posts
 * form data, with JavaScript and without.
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
