const YEAR_S = 365 * 24 * 60 * 60

/** On every answer, whoever makes it (W-07). */
export const SECURITY_HEADERS: readonly (readonly [name: string, value: string])[] = [
  ['Strict-Transport-Security', `max-age=${YEAR_S}; includeSubDomains`],
  ['X-Content-Type-Options', 'nosniff'],
  ['X-Frame-Options', 'DENY'],
  // `no-referrer` would make Chromium post a plain form with `Origin: null`, which our own actions refuse.
  ['Referrer-Policy', 'same-origin'],
  ['Cross-Origin-Opener-Policy', 'same-origin'],
  ['Cross-Origin-Resource-Policy', 'same-origin'],
  ['Permissions-Policy', 'camera=(), geolocation=(), microphone=(), payment=(), usb=(), browsing-topics=()'],
]

/** The content policy of an answer that proxy.ts gave none, such as the framework's own error: it may load and run nothing. */
export const BARE_POLICY = "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
