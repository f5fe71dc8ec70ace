/** Address of this console as people enter it. A new object each time, which the caller may change. */
export function baseUrl(): URL {
  return new URL(process.env.POSTROOM_BASE_URL ?? `http://localhost:${process.env.PORT ?? 3000}`)
}

/**
 * Whether a request is for this console. A proxy's `X-Forwarded-Host` must be ours too; proxies that follow each other make a list of it,
 * and some add the usual port. Probes ask by address, not by name, and their answers hold no link.
 *
 * @param path as the framework reads it, so without `..`
 */
export function isForUs(
  host: string | null | undefined,
  forwardedHost: string | null | undefined,
  path: string,
): boolean {
  if (path.startsWith('/health/') || path === '/metrics') return true
  const { protocol, host: ours } = baseUrl()
  const isOurs = (each: string) => [ours, protocol === 'https:' && `${ours}:443`].includes(each.trim().toLowerCase())
  return isOurs(host ?? '') && (forwardedHost ?? ours).split(',').every(isOurs)
}
