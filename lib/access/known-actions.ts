/** By the action's id: the pages that carry it, each as a pattern of its path. */
export type KnownActions = ReadonlyMap<string, readonly RegExp[]>

const KEPT = Symbol.for('postroom.known-actions')
const global = globalThis as { [KEPT]?: KnownActions | null }

/** Left by the start where the proxy finds it, as the refusal keeper is. Null: they are not known, as while developing. */
export function setKnownActions(actions: KnownActions | null): void {
  global[KEPT] = actions
}

export const knownActions = (): KnownActions | null => global[KEPT] ?? null

/** `app/(console)/credentials/[id]/page`, as the framework lists it, answers at `/credentials/` and one more step. */
export function pathPattern(page: string): RegExp {
  const steps = page.split('/').slice(1, -1)
  const shown = steps.filter((step) => !step.startsWith('('))
  return new RegExp(
    `^/${shown.map((step) => (step.startsWith('[') ? '[^/]+' : step.replaceAll(/[^\w-]/g, '\\$&'))).join('/')}$`,
  )
}
