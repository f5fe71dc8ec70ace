export interface GroupOptions<Item> {
  itemsMax: number
  weightMax: number
  weigh(item: Item): number
  /** Called before each group, to wait for items that are about to come. */
  gather?(): Promise<void>
  /** Whether the error is the fault of one item. Nothing of the group was done then, and each item is tried alone. */
  isOfOne(thrown: unknown): boolean
}

/**
 * Makes one call for all items that came while the previous one ran, so that they share a commit. The answers of `run` are in the order of
 * the items; what it throws, every caller of that group gets.
 */
export function coalesce<Item, Answer>(
  run: (items: readonly Item[]) => Promise<readonly Answer[]>,
  options: GroupOptions<Item>,
): (item: Item) => Promise<Answer> {
  const { gather, isOfOne } = options
  let waiting: Call<Item, Answer>[] = []
  let isRunning = false

  async function perform(group: readonly Call<Item, Answer>[]): Promise<void> {
    try {
      const answers = await run(group.map(({ item }) => item))
      group.forEach(({ resolve, reject }, index) => {
        const answer = answers[index]
        if (answer === undefined) reject(new Error('An item without an answer'))
        else resolve(answer)
      })
    } catch (thrown) {
      if (group.length > 1 && isOfOne(thrown)) for (const call of group) await perform([call])
      else for (const { reject } of group) reject(thrown)
    }
  }

  async function work(): Promise<void> {
    isRunning = true
    // Calls of the same turn of the event loop form one group.
    await Promise.resolve()
    while (waiting.length > 0) {
      await gather?.()
      const count = groupSize(waiting, options)
      const group = waiting.slice(0, count)
      waiting = waiting.slice(count)
      await perform(group)
    }
    isRunning = false
  }

  return (item) =>
    new Promise((resolve, reject) => {
      waiting.push({ item, resolve, reject })
      if (!isRunning) void work()
    })
}

type Call<Item, Answer> = { item: Item; resolve(answer: Answer): void; reject(thrown: unknown): void }

/** How many of the calls form a group: at least one, even if it alone is over the limit. */
function groupSize<Item>(calls: readonly { item: Item }[], limits: GroupOptions<Item>): number {
  let weight = 0
  let count = 0
  for (const { item } of calls) {
    weight += limits.weigh(item)
    if (count > 0 && (weight > limits.weightMax || count >= limits.itemsMax)) break
    count++
  }
  return count
}
