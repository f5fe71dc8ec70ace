type Task = () => Promise<void>

const TASKS = Symbol.for('postroom.before-exit')
const global = globalThis as { [TASKS]?: Task[] }

/** What a process must still write before it ends in order. Kept globally, since pages and signal handler are bundled apart. */
export function beforeExit(task: Task): void {
  global[TASKS] = [...(global[TASKS] ?? []), task]
}

export async function runBeforeExit(): Promise<void> {
  await Promise.all((global[TASKS] ?? []).map((task) => task()))
}
