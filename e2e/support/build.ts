import { readFileSync } from 'node:fs'
import path from 'node:path'
import { ROOT } from './process'

export interface BuiltAction {
  id: string
  /** `app/(console)/mail-server/actions.ts#saveAction`. */
  name: string
  /** Address of a page that carries it. */
  page: string
}

function manifest<T>(name: string): T {
  return JSON.parse(readFileSync(path.join(ROOT, '.next', name), 'utf8')) as T
}

/** Every server action of the build, from the framework's own list. */
export function builtActions(): BuiltAction[] {
  const { node } = manifest<{
    node: Record<string, { workers: Record<string, unknown>; filename: string; exportedName: string }>
  }>('server/server-reference-manifest.json')
  return Object.entries(node).map(([id, { workers, filename, exportedName }]) => ({
    id,
    name: `${filename}#${exportedName}`,
    page: addressOf(Object.keys(workers)[0] ?? ''),
  }))
}

/** The one action whose name ends so. */
export function actionNamed(end: string): BuiltAction {
  const action = builtActions().find(({ name }) => name.endsWith(end))
  if (!action) throw new Error(`the build has no action ${end}`)
  return action
}

/** Every page and route of the build, as addresses. */
export const builtRoutes = (): string[] => Object.values(routesByFile()).sort()

/** Those of them that people look at. */
export const builtPages = (): string[] =>
  Object.entries(routesByFile()).flatMap(([file, address]) => (file.endsWith('/page') ? [address] : []))

const routesByFile = () => manifest<Record<string, string>>('app-path-routes-manifest.json')

/** `app/(console)/mail-server/page` is `/mail-server`; a group's brackets are not in the address. */
function addressOf(worker: string): string {
  const steps = worker.split('/').slice(1, -1)
  return `/${steps.filter((step) => !step.startsWith('(')).join('/')}`
}
