/** Turns that are left to what is more urgent before the next task begins all the same. */
const TURNS_LEFT_MAX = 100

/**
 * Begins tasks in separate turns of the event loop, so that what else the process has to do happens in between. The keys of waiting tasks
 * take turns: a thousand tasks of one delay a task of another by one of them.
 *
 * @param isUrgent asked before each task whether something more urgent has happened since, and may happen again in the next turn
 * @returns a function that adds a task. If nothing waits and nothing is urgent, it begins at once.
 */
export function inTurns<Task>(
  begin: (task: Task) => void,
  isUrgent: () => boolean = () => false,
): (key: string, task: Task) => void {
  const waiting = new Map<string, Task[]>()
  let isTaken = false
  let turnsLeft = 0

  function next(): void {
    const [first] = waiting
    isTaken = first !== undefined
    if (!first) return
    setImmediate(next)
    if (isUrgent() && turnsLeft++ < TURNS_LEFT_MAX) return
    turnsLeft = 0
    const [key, tasks] = first
    const task = tasks.shift() as Task
    waiting.delete(key)
    if (tasks.length > 0) waiting.set(key, tasks)
    begin(task)
  }

  return (key, task) => {
    const tasks = waiting.get(key)
    if (tasks) tasks.push(task)
    else waiting.set(key, [task])
    if (!isTaken) next()
  }
}
