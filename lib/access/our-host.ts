/** Address of this console as people enter it. A new object each time, which the caller may change. */
export function baseUrl(): URL {
  return new URL(process.env.POSTROOM_BASE_URL ?? `http://localhost:${process.env.PORT ?? 3000}`)
}

/**
 * Whether a request is for this console. A proxy's `X-Forwarded-Host` must be ours too. Probes ask by address, not by name, and their
 * answers hold no link.
 *
 * @param path as the framework reads it, so without `..`
 */
export function isForUs(
  host: string | null | undefined,
  forwardedHost: string | null | undefined,
  path: string,
): boolean {
  const ours = baseUrl().host
  if (path.startsWith('/health/') || path === '/metrics') return true
  return host?.toLowerCase() === ours && (forwardedHost ?? ours).toLowerCase() === ours
}
