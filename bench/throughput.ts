/** How quickly many answers came, as each caller saw it. */
export interface Pace {
  perSecond: number
  p50: number
  p99: number
}

export function paceOf(latenciesMs: readonly number[], wallMs: number): Pace {
  const sorted = latenciesMs.toSorted((a, b) => a - b)
  const at = (share: number) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0
  return { perSecond: (sorted.length / wallMs) * 1_000, p50: at(0.5), p99: at(0.99) }
}
