/** Address of this console as people enter it. A new object each time, which the caller may change. */
export function baseUrl(): URL {
  return new URL(process.env.POSTROOM_BASE_URL ?? `http://localhost:${process.env.PORT ?? 3000}`)
}

/** Whether a request is for this console. A proxy's `X-Forwarded-Host` must be ours too. */
export function isOurHost(host: string | null | undefined, forwardedHost: string | null | undefined): boolean {
  const ours = baseUrl().host
  return host?.toLowerCase() === ours && (forwardedHost ?? ours).toLowerCase() === ours
}

/** Probes ask by address, not by name, and their answers hold no link. */
export const answersAnyHost = (path: string): boolean => path.startsWith('/health/') || path === '/metrics'
