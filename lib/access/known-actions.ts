const KEPT = Symbol.for('postroom.known-actions')
const global = globalThis as { [KEPT]?: ReadonlySet<string> | null }

/** Left by the start where the proxy finds it, as the refusal keeper is. Null: they are not known, as while developing. */
export function setKnownActions(ids: ReadonlySet<string> | null): void {
  global[KEPT] = ids
}

export const knownActions = (): ReadonlySet<string> | null => global[KEPT] ?? null
