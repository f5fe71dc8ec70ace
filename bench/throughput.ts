/** Replies per second and the time to a reply in milliseconds, as the callers measured them. */
export interface Throughput {
  perSecond: number
  p50: number
  p99: number
  latenciesMs: readonly number[]
}

export function throughputOf(latenciesMs: readonly number[], wallMs: number): Throughput {
  const sorted = latenciesMs.toSorted((a, b) => a - b)
  const at = (share: number) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0
  return { perSecond: (sorted.length / wallMs) * 1_000, p50: at(0.5), p99: at(0.99), latenciesMs: sorted }
}
