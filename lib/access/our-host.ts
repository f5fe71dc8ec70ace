/** Address of this console as people enter it. A new object each time, which the caller may change. */
export const baseUrl = (): URL =>
  new URL(process.env.POSTROOM_BASE_URL ?? `http://localhost:${process.env.PORT ?? 3000}`)

/**
 * Whether these headers of a request name the host of `base`. A proxy's `X-Forwarded-Host` must be ours too; proxies that follow each other
 * make a list of it, and some add the usual port.
 */
export function namesHost(
  { protocol, host: ours }: URL,
  host: string | null | undefined,
  forwardedHost: string | null | undefined,
): boolean {
  const withPort = `${ours}:${protocol === 'https:' ? 443 : 80}`
  const isOurs = (each: string) => [ours, withPort].includes(each.trim().toLowerCase())
  return isOurs(host ?? '') && (forwardedHost ?? ours).split(',').every(isOurs)
}

/** Whether a request is for this console. `path` is without `..`. Probes ask by address, not by name, and their answers hold no link. */
export const isForUs = (host: string | null | undefined, forwardedHost: string | null | undefined, path: string) =>
  path.startsWith('/health/') || path === '/metrics' || namesHost(baseUrl(), host, forwardedHost)
