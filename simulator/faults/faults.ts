import { FAULTS, type FaultDefinition, type FaultName, isFaultName, type SmtpStage } from './fault-list'
import { type Counted, type GraphReply, graphReplies, smtpReplies } from './fault-replies'

/** The active faults. Every active fault has a value. */
export class Faults {
  readonly #values = new Map<FaultName, unknown>()

  is(name: FaultName): boolean {
    return this.#values.has(name)
  }

  value(name: FaultName): unknown {
    return this.#values.get(name)
  }

  number(name: FaultName): number | null {
    const value = this.#values.get(name)
    return typeof value === 'number' ? value : null
  }

  text(name: FaultName): string | null {
    const value = this.#values.get(name)
    return typeof value === 'string' ? value : null
  }

  clear(): void {
    this.#values.clear()
  }

  all(): Record<string, unknown> {
    return Object.fromEntries(this.#values)
  }

  /** Sets all of them or none, and then names the first invalid one. Null and false switch a fault off. */
  set(wanted: Record<string, unknown>): string | null {
    for (const [name, value] of Object.entries(wanted)) {
      const problem = problemWith(name, value)
      if (problem !== null) return `${name}: ${problem}`
    }
    for (const [name, value] of Object.entries(wanted)) {
      if (!isFaultName(name)) continue
      if (value === null || value === false) this.#values.delete(name)
      else this.#values.set(name, normal(name, value))
    }
    return null
  }

  /** The replacement for this stage, counted down. */
  takeReply(stage: SmtpStage): string | null {
    return this.#take('smtpReply', smtpReplies, (reply) => reply.stage === stage)?.reply ?? null
  }

  /** The answer that takes the place of Graph's, counted down. */
  takeGraphReply(method: string, target: string): GraphReply | null {
    const meant = (reply: GraphReply) => (reply.method ?? method) === method && target.includes(reply.path ?? '')
    return this.#take('graphReply', graphReplies, meant)
  }

  #take<T extends Counted>(name: FaultName, read: (value: unknown) => T[], meant: (reply: T) => boolean): T | null {
    const wanted = read(this.#values.get(name))
    const replacement = wanted.find(meant)
    if (!replacement) return null
    if (replacement.after !== undefined && replacement.after > 0) {
      replacement.after -= 1
      this.#values.set(name, wanted)
      return null
    }
    if (replacement.times !== undefined) {
      replacement.times -= 1
      const left = wanted.filter(({ times }) => times === undefined || times > 0)
      if (left.length > 0) this.#values.set(name, left)
      else this.#values.delete(name)
    }
    return replacement
  }
}

function problemWith(name: string, value: unknown): string | null {
  if (!isFaultName(name)) return `is no fault; they are ${Object.keys(FAULTS).join(', ')}`
  if (value === null || value === false) return null
  const definition: FaultDefinition = FAULTS[name]
  if (name === 'smtpReply') return smtpReplies(value).length > 0 ? null : 'needs { stage, reply } or a list of them'
  if (name === 'graphReply') return graphReplies(value).length > 0 ? null : 'needs { status } or a list of them'
  if (definition.kind === 'switch' && value !== true) return 'is true or null'
  if (definition.kind === 'number' && !Number.isFinite(value)) return `is a number (${definition.unit})`
  if (definition.kind === 'text' && typeof value !== 'string') return 'is a text'
  // Any other text is used as the banner.
  if (definition.kind === 'choice' && name !== 'smtpBanner' && !definition.choices.includes(String(value))) {
    return `is one of ${definition.choices.join(', ')}`
  }
  return null
}

function normal(name: FaultName, value: unknown): unknown {
  if (name === 'smtpReply') return smtpReplies(value)
  return name === 'graphReply' ? graphReplies(value) : value
}
