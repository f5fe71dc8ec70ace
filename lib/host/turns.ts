/** Turns that are left to what is more urgent before the next task begins all the same. */
const TURNS_LEFT_MAX = 100
/** How soon it is asked again whether there is a place. */
const NO_PLACE_MS = 5

/**
 * Begins tasks in separate turns of the event loop, so that what else the process has to do happens in between. Groups take turns, and so do
 * the keys of each group: a thousand tasks of one key delay a task of another by one of them, and a thousand keys a task of another group.
 *
 * @param isUrgent asked before each task whether something more urgent has happened since, and may happen again in the next turn
 * @param hasPlace asked before each task whether one more of this group may begin; the turn is the next group's if not
 * @returns a function that adds a task. If nothing waits, nothing is urgent and there is a place, it begins at once.
 */
export function inTurns<Task>(
  begin: (task: Task) => void,
  isUrgent: () => boolean = () => false,
  hasPlace: (group: string) => boolean = () => true,
): (group: string, key: string, task: Task) => void {
  const waiting = new Map<string, Map<string, Task[]>>()
  let isTaken = false
  let turnsLeft = 0

  function next(): void {
    isTaken = waiting.size > 0
    if (!isTaken) return
    let first: [string, Map<string, Task[]>] | undefined
    try {
      first = [...waiting].find(([group]) => hasPlace(group))
    } finally {
      // Whatever fails, the turns continue.
      if (first) setImmediate(next)
      else setTimeout(next, NO_PLACE_MS)
    }
    if (!first) return
    if (isUrgent() && turnsLeft++ < TURNS_LEFT_MAX) return
    turnsLeft = 0
    const [group, keys] = first
    const [[key, tasks]] = keys as unknown as [[string, Task[]]]
    const task = tasks.shift() as Task
    keys.delete(key)
    if (tasks.length > 0) keys.set(key, tasks)
    waiting.delete(group)
    if (keys.size > 0) waiting.set(group, keys)
    begin(task)
  }

  return (group, key, task) => {
    const keys = waiting.get(group) ?? new Map<string, Task[]>()
    waiting.set(group, keys)
    const tasks = keys.get(key)
    if (tasks) tasks.push(task)
    else keys.set(key, [task])
    if (!isTaken) next()
  }
}
