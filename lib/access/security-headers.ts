import { randomBytes } from 'node:crypto'

const YEAR_S = 365 * 24 * 60 * 60

export const SECURITY_HEADERS: readonly (readonly [name: string, value: string])[] = [
  ['Strict-Transport-Security', `max-age=${YEAR_S}; includeSubDomains`],
  ['X-Content-Type-Options', 'nosniff'],
  ['X-Frame-Options', 'DENY'],
  // With `no-referrer` Chromium would post a plain form with `Origin: null`, which our actions reject.
  ['Referrer-Policy', 'same-origin'],
  ['Cross-Origin-Opener-Policy', 'same-origin'],
  ['Cross-Origin-Resource-Policy', 'same-origin'],
  ['Permissions-Policy', 'camera=(), geolocation=(), microphone=(), payment=(), usb=(), browsing-topics=()'],
]

/** The content policy of what is no page, such as a script or an answer of the API. It may load and run nothing. */
export const BARE_POLICY = "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

const NONCE_BYTES = 16

/** The content policy of a page, with a nonce of 128 random bits that is fresh for every answer. */
export function pagePolicy(): string {
  const nonce = randomBytes(NONCE_BYTES).toString('base64')
  const development = process.env.NODE_ENV === 'development' ? " 'unsafe-eval'" : ''
  return [
    "default-src 'none'",
    `script-src 'nonce-${nonce}' 'strict-dynamic'${development}`,
    `style-src-elem 'self' 'nonce-${nonce}'`,
    "style-src-attr 'unsafe-inline'",
    "connect-src 'self'",
    "img-src 'self' data:",
    "font-src 'self'",
    "form-action 'self'",
    "base-uri 'none'",
    "frame-ancestors 'none'",
  ].join('; ')
}
