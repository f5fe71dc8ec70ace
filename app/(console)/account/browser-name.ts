const CHARS_SHOWN = 80

/** Every browser also names those it descends from, so the first that fits is the one. */
const BROWSERS: readonly (readonly [RegExp, string])[] = [
  [/\bEdg(e|A|iOS)?\//, 'Edge'],
  [/\bOPR\//, 'Opera'],
  [/\b(Firefox|FxiOS)\//, 'Firefox'],
  [/(Chrome|CriOS)\//, 'Chrome'],
  [/\bSafari\//, 'Safari'],
]
const SYSTEMS: readonly (readonly [RegExp, string])[] = [
  [/\b(iPhone|iPad)\b/, 'iOS'],
  [/\bAndroid\b/, 'Android'],
  [/\bWindows\b/, 'Windows'],
  [/\bMac OS X\b/, 'macOS'],
  [/\bCrOS\b/, 'ChromeOS'],
  [/\bLinux\b/, 'Linux'],
]

const firstIn = (names: typeof BROWSERS, text: string): string[] =>
  names
    .filter(([sign]) => sign.test(text))
    .map(([, name]) => name)
    .slice(0, 1)

/** What people recognise of a user agent, such as "Firefox · Windows"; the beginning of one that is not known. */
export function browserName(userAgent: string): string {
  const known = [...firstIn(BROWSERS, userAgent), ...firstIn(SYSTEMS, userAgent)]
  return known.length > 0 ? known.join(' · ') : userAgent.slice(0, CHARS_SHOWN)
}
