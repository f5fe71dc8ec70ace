/** By the action's id: the pages that carry it, each as a pattern of its path. */
export type KnownActions = ReadonlyMap<string, readonly RegExp[]>

const ACTIONS = Symbol.for('postroom.known-actions')
const global = globalThis as { [ACTIONS]?: KnownActions | null }

/** Left by the start where the proxy finds it, as the refusal keeper is. Null: they are not known, as while developing. */
export function setKnownActions(actions: KnownActions | null): void {
  global[ACTIONS] = actions
}

export const knownActions = (): KnownActions | null => global[ACTIONS] ?? null

/** `app/(console)/credentials/[id]/page`, as the framework lists it, answers at `/credentials/` and one more step. */
export function pathPattern(page: string): RegExp {
  const steps = page.split('/').slice(1, -1)
  const segments = steps.filter((step) => !step.startsWith('('))
  return new RegExp(
    `^/${segments.map((step) => (step.startsWith('[') ? '[^/]+' : step.replaceAll(/[^\w-]/g, '\\$&'))).join('/')}$`,
  )
}
