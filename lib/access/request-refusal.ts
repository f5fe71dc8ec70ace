/** Why a request that would change something was rejected before its session was checked, with the HTTP status. */
export const STATUS_OF = {
  'origin-missing': 403,
  'origin-foreign': 403,
  'cross-site': 403,
  'content-type': 415,
  'too-large': 413,
  'report-too-large': 413,
  busy: 503,
  malformed: 400,
  'unknown-action': 404,
} as const
export type RequestRefusal = keyof typeof STATUS_OF

/**
 * Larger forms are rejected unread. The largest form is that of the policy page: 50 rules of nine fields, 20,000 characters in all, and the
 * same twice as the state of the form after a conflict.
 */
export const FORM_BYTES_MAX = 256 * 1024

/** What a report of SMTP AUTH clients may hold, as a file: about 20,000 senders. */
export const REPORT_BYTES_MAX = 4 * 1024 ** 2

/** The page with the only form that may carry a larger file. */
const REPORT_PAGE = '/clients/basic-authentication'

/**
 * Bytes that a post to this path may have. A file needs `multipart/form-data`; other fields have to do with `FORM_BYTES_MAX` there too, since
 * only they are decoded and checked.
 */
export const bytesMaxOf = (path: string, type: string): number =>
  path === REPORT_PAGE && /^multipart\/form-data\b/i.test(type) ? REPORT_BYTES_MAX + FORM_BYTES_MAX : FORM_BYTES_MAX

/** The requested path, for the redirect after sign-in. incoming-requests.ts sets it and overwrites a header of this name from the client. */
export const PATH_HEADER = 'x-postroom-path'

/** Bytes that the body may have, if more than `FORM_BYTES_MAX`; `BUSY` if it may have more at another time. incoming-requests.ts sets it. */
export const BYTES_MAX_HEADER = 'x-postroom-bytes-max'
export const BUSY = 'busy'

export const bytesMaxIn = (headers: Headers): number => Number(headers.get(BYTES_MAX_HEADER)) || FORM_BYTES_MAX

/** Why a larger body is refused. */
export function excessIn(headers: Headers): 'too-large' | 'report-too-large' | 'busy' {
  const max = headers.get(BYTES_MAX_HEADER)
  if (max === null) return 'too-large'
  return max === BUSY ? 'busy' : 'report-too-large'
}

/** The real `Origin` where Next.js must not check it; see lib/access/incoming-requests.ts. */
export const ORIGIN_HEADER = 'x-postroom-origin'

const FORM_TYPES = ['multipart/form-data', 'application/x-www-form-urlencoded']

/** Checks that a form comes from a page of this console: `Origin` must be ours, and `Sec-Fetch-Site`, if sent, `same-origin`. */
export function requestRefusal(headers: Headers, ownOrigin: string): RequestRefusal | null {
  const origin = headers.get(ORIGIN_HEADER) ?? headers.get('origin')
  if (origin === null || origin === '') return 'origin-missing'
  if (origin !== ownOrigin) return 'origin-foreign'
  const site = headers.get('sec-fetch-site')
  if (site !== null && site !== 'same-origin') return 'cross-site'
  const type = (headers.get('content-type') ?? '').toLowerCase().replaceAll(' ', '')
  if (!FORM_TYPES.some((allowed) => type === allowed || type.startsWith(`${allowed};`))) return 'content-type'
  const length = headers.get('content-length')
  if (length !== null && !(Number(length) <= bytesMaxIn(headers))) return excessIn(headers)
  return null
}

/** Whether a parsed form has more bytes than it may, or its fields without the files: names and texts. */
export function isTooLarge(form: FormData, bytesMax: number): boolean {
  let [texts, files] = [0, 0]
  for (const [name, value] of form) {
    texts += Buffer.byteLength(name) + (typeof value === 'string' ? Buffer.byteLength(value) : 0)
    files += typeof value === 'string' ? 0 : value.size
  }
  return texts > FORM_BYTES_MAX || texts + files > bytesMax
}
