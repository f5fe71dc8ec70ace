/** Address of this console as people enter it. A new object each time, which the caller may change. */
export function baseUrl(): URL {
  return new URL(process.env.POSTROOM_BASE_URL ?? `http://localhost:${process.env.PORT ?? 3000}`)
}

/** Whether a request names the host of `base`, in `X-Forwarded-Host` too, of which proxies make a list, some with the usual port. */
export function namesHost(
  { protocol, host: ours }: URL,
  host: string | null | undefined,
  forwardedHost: string | null | undefined,
): boolean {
  const withPort = `${ours}:${protocol === 'https:' ? 443 : 80}`
  const isOurs = (each: string) => [ours, withPort].includes(each.trim().toLowerCase())
  return isOurs(host ?? '') && (forwardedHost ?? ours).split(',').every(isOurs)
}

/** Whether a request is for this console, by a path without `..`. Probes ask by address, and their answers hold no link. */
export const isForUs = (host: string | null | undefined, forwardedHost: string | null | undefined, path: string) =>
  path.startsWith('/health/') || path === '/metrics' || namesHost(baseUrl(), host, forwardedHost)
