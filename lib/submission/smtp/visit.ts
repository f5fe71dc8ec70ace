import { type Refusal, refusal } from '../refusal'
import type { Conversation } from './conversation'
import type { Guest, Limits } from './gate'

/** How long until a connection whose time is over is looked at again, if our own work for it was running. */
const BUSY_AGAIN_MS = 1_000

/** What the client sends next: a line, or a piece of a message. */
type Step = 'command' | 'data'

/** What a visit needs of its SMTP connection. */
interface SmtpSide {
  readonly _socket: { destroy(): void }
  /** As the client named itself; null if it did not. */
  readonly helo: string | null
  readonly isInTransaction: boolean
  /** Answers and closes. */
  dismiss(refused: Refusal): void
  resetCommands(): void
}

/** One TCP connection from the moment it was accepted, with its deadlines. It is a connection of SMTP once TLS allows. */
export class Visit implements Guest {
  connection: SmtpSide | null = null
  /** The client waits for us. */
  isOurTurn = false
  isStopping = false
  #expected: Step = 'command'
  /** Timers that are restarted instead of created again, because each message has ten waits. */
  readonly #steps: Readonly<Record<Step, NodeJS.Timeout>>
  #whole: NodeJS.Timeout
  #hasEnded = false

  constructor(
    readonly address: string,
    readonly conversation: Conversation,
    private readonly limits: Limits,
    private readonly socket: {
      /** Closes it, or the TLS connection that is being made on it. */
      destroy(): void
      /** Whether it may stay open for a moment, after which `end` is called. */
      mayLinger(end: () => void): boolean
      /** Called when it is closed, with what is still being done for it. */
      onEnd(rest: Promise<void>): void
    },
  ) {
    const stepOf = (step: Step, ms: number) =>
      setTimeout(() => {
        if (step === this.#expected && !this.isOurTurn) this.dismiss(refusal('too-long'))
      }, ms)
    this.#steps = { command: stepOf('command', limits.commandMs), data: stepOf('data', limits.dataMs) }
    this.#whole = this.#deadline(limits.sessionMs)
  }

  get isKnown(): boolean {
    return this.conversation.isKnown
  }

  /** From now on the client has this long to send its next line or piece of a message. */
  expect(step: Step): void {
    this.isOurTurn = false
    this.#expected = step
    if (!this.#hasEnded) this.#steps[step].refresh()
  }

  /** The client waits for our answer. */
  work(): void {
    this.isOurTurn = true
  }

  /** A message was accepted: the time for the whole connection begins again. */
  succeed(): void {
    clearTimeout(this.#whole)
    if (!this.#hasEnded) this.#whole = this.#deadline(this.limits.sessionMs)
    this.connection?.resetCommands()
  }

  rest(): void {
    if (this.isStopping) this.dismiss(refusal('stopping'))
  }

  /** Frees its place at once. Its socket may then stay open only as long as those of connections that were never let in. */
  evict(refused: Refusal): void {
    if (this.socket.mayLinger(() => this.cut())) this.dismiss(refused)
    else {
      this.conversation.dismissed(refused)
      this.cut()
    }
  }

  /** Says why, if the client can be spoken to, and closes. */
  dismiss(refused: Refusal): void {
    this.conversation.dismissed(refused)
    if (this.connection) this.connection.dismiss(refused)
    else this.socket.destroy()
  }

  /** It was not let in. */
  turnAway(refused: Refusal): void {
    this.#close()
    this.conversation.turnedAway(refused)
  }

  /** Ends it unless a message is under way, which may be finished. */
  stop(): void {
    this.isStopping = true
    if (!this.connection) this.socket.destroy()
    else if (!this.connection.isInTransaction && !this.isOurTurn) this.dismiss(refusal('stopping'))
  }

  cut(): void {
    if (this.connection) this.connection._socket.destroy()
    else this.socket.destroy()
  }

  end(): void {
    if (this.#hasEnded) return
    this.#close()
    this.socket.onEnd(this.conversation.end(this.connection?.helo ?? null))
  }

  #close(): void {
    this.#hasEnded = true
    for (const timer of [...Object.values(this.#steps), this.#whole]) clearTimeout(timer)
  }

  #deadline(ms: number): NodeJS.Timeout {
    return setTimeout(() => this.#tooLate(), ms)
  }

  /** What we work on is finished first: the client would send the message again although it was accepted. */
  #tooLate(): void {
    if (this.isOurTurn) this.#whole = this.#deadline(BUSY_AGAIN_MS)
    else this.dismiss(refusal('too-long'))
  }
}
