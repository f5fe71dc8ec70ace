/** An amount that its users share, in the order in which they ask. */
export class Budget {
  #free: number
  readonly #waiting: { amount: number; begin(): void }[] = []

  constructor(private readonly total: number) {
    this.#free = total
  }

  get waiting(): number {
    return this.#waiting.length
  }

  async using<T>(wanted: number, work: () => Promise<T>): Promise<T> {
    const amount = Math.min(wanted, this.total)
    if (this.#waiting.length > 0 || amount > this.#free)
      await new Promise<void>((begin) => this.#waiting.push({ amount, begin }))
    else this.#free -= amount
    try {
      return await work()
    } finally {
      this.#free += amount
      this.#next()
    }
  }

  #next(): void {
    for (let first = this.#waiting[0]; first && first.amount <= this.#free; first = this.#waiting[0]) {
      this.#waiting.shift()
      this.#free -= first.amount
      first.begin()
    }
  }
}
