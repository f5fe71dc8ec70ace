/** Only the beginning is read, since a client may send any length. */
const COOKIES_CHARS_MAX = 16_384

/** The value of a cookie in the header with all of them, or null if it is missing. */
export function cookieIn(cookies: string | null | undefined, name: string): string | null {
  const pair = (cookies ?? '')
    .slice(0, COOKIES_CHARS_MAX)
    .split(';')
    .map((part) => part.trim())
    .find((part) => part.startsWith(`${name}=`))
  return pair === undefined ? null : pair.slice(name.length + 1)
}
