import { inspect } from 'node:util'

const SHOWN = '[secret]'

/** A secret in memory. A template string, JSON, `util.inspect` or an error prints it as `[secret]`; only `reveal()` gives the text. */
export class Redacted {
  readonly #text: string

  constructor(text: string) {
    this.#text = text
  }

  reveal(): string {
    return this.#text
  }

  toString(): string {
    return SHOWN
  }

  toJSON(): string {
    return SHOWN
  }

  [inspect.custom](): string {
    return SHOWN
  }
}
