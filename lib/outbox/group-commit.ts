export interface Turn<Item> {
  itemsMax: number
  weightMax: number
  weigh(item: Item): number
  /** Before each turn: others are waited for that are about to come. */
  gather?(): Promise<void>
  /** What was thrown is one item's own fault, and none of the turn was done: each is tried alone. */
  isOfOne(thrown: unknown): boolean
}

/**
 * One call for all that came while the call before ran: commits in a group, where each would wait for the disk alone.
 * @param run its answers stand in the order of the items. What it throws, every caller of that turn gets.
 */
export function coalesce<Item, Answer>(
  run: (items: readonly Item[]) => Promise<readonly Answer[]>,
  { itemsMax, weightMax, weigh, gather, isOfOne }: Turn<Item>,
): (item: Item) => Promise<Answer> {
  interface Waiting {
    item: Item
    resolve(answer: Answer): void
    reject(thrown: unknown): void
  }
  let waiting: Waiting[] = []
  let running = false

  function takeTurn(): Waiting[] {
    let weight = 0
    let count = 0
    for (const { item } of waiting) {
      weight += weigh(item)
      if (count > 0 && (weight > weightMax || count >= itemsMax)) break
      count++
    }
    const turn = waiting.slice(0, count)
    waiting = waiting.slice(count)
    return turn
  }

  async function perform(turn: readonly Waiting[]): Promise<void> {
    try {
      const answers = await run(turn.map(({ item }) => item))
      turn.forEach(({ resolve, reject }, at) => {
        const answer = answers[at]
        if (answer === undefined) reject(new Error('An item without an answer'))
        else resolve(answer)
      })
    } catch (thrown) {
      if (turn.length > 1 && isOfOne(thrown)) for (const one of turn) await perform([one])
      else for (const { reject } of turn) reject(thrown)
    }
  }

  async function work(): Promise<void> {
    running = true
    // What is called in this turn of the event loop goes together.
    await Promise.resolve()
    while (waiting.length > 0) {
      await gather?.()
      await perform(takeTurn())
    }
    running = false
  }

  return (item) =>
    new Promise((resolve, reject) => {
      waiting.push({ item, resolve, reject })
      if (!running) void work()
    })
}
