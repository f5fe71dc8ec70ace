import { processWide } from '../kernel/process-wide'

/** The pages of each action, as patterns of their paths, by the id of the action. */
export type KnownActions = ReadonlyMap<string, readonly RegExp[]>

/** Set at start, like the refusal handler. Null if the actions are not known, as during development. */
export const [knownActions, setKnownActions] = processWide<KnownActions | null>('known-actions')

/** `app/(console)/credentials/[id]/page`, as Next.js lists it, answers at `/credentials/` and one more segment. */
export function pathPattern(page: string): RegExp {
  const steps = page.split('/').slice(1, -1)
  const segments = steps.filter((step) => !step.startsWith('('))
  return new RegExp(
    `^/${segments.map((step) => (step.startsWith('[') ? '[^/]+' : step.replaceAll(/[^\w-]/g, '\\$&'))).join('/')}$`,
  )
}
