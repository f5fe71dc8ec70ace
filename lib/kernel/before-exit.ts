import { processWide } from './process-wide'

const [tasks, setTasks] = processWide<(() => Promise<void>)[]>('before-exit')

/** Registers what the process must write before it exits. The list is process-wide, because pages and the signal handler are bundled separately. */
export const beforeExit = (task: () => Promise<void>): void => setTasks([...(tasks() ?? []), task])

export async function runBeforeExit(): Promise<void> {
  await Promise.all((tasks() ?? []).map((task) => task()))
}
