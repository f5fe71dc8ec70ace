import { inspect } from 'node:util'

const SHOWN = '[secret]'

/**
 * A secret in memory. Whatever prints it (a template string, JSON, `util.inspect`, an error) prints `[secret]`;
 * only `reveal()` gives the text, in the call that needs it (requirement S-13).
 */
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
