type Task = () => Promise<void>

const TASKS = Symbol.for('postroom.before-exit')
const global = globalThis as { [TASKS]?: Task[] }

/** Registers what a process must write before it exits. The list is global because pages and the signal handler are bundled separately. */
export function beforeExit(task: Task): void {
  global[TASKS] = [...(global[TASKS] ?? []), task]
}

export async function runBeforeExit(): Promise<void> {
  await Promise.all((global[TASKS] ?? []).map((task) => task()))
}
