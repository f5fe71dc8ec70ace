import type { Clock, WireStage } from '../kernel'
import type { AttemptOptions, WireStep } from './contracts'

/** What nodemailer logs in place of a command of ours that is not AUTH. */
const DISGUISED = '/* secret */'

/**
 * Observes one attempt: its current stage, the duration of each, and the lines of the conversation. The dialer, nodemailer's transaction log
 * and our commands report to it.
 */
export class Watch {
  stage: WireStage = 'connect'
  /** Whether the server has sent a byte, to distinguish a filtered port from a slow server. */
  heard: boolean
  greeting: string | null = null
  finalDotSent = false
  /** The server waits for the text, and its end was not sent. Without a recipient there is none: nodemailer sends a dot alone. */
  isTextOpen = false
  readonly #startedMs: number
  #sinceMs: number
  /** Commands without a reply yet, in order. */
  readonly #awaiting: string[]
  readonly #disguised: string[] = []
  #recipients = { awaited: 0, accepted: 0 }

  constructor(
    private readonly options: Pick<AttemptOptions, 'onStep' | 'onLine' | 'onDot'>,
    private readonly clock: Clock,
    private readonly scrub: (text: string) => string,
    { greeted }: { greeted: boolean },
  ) {
    this.#startedMs = clock.monotonicMs()
    this.#sinceMs = this.#startedMs
    this.heard = greeted
    this.#awaiting = greeted ? [] : ['(greeting)']
  }

  /** Completes a stage. `ms` is its duration if it was measured elsewhere. */
  passed(stage: WireStage, next: WireStage, facts?: Record<string, string>, ms?: number): void {
    const now = this.clock.monotonicMs()
    const step: WireStep = { stage, ms: ms ?? now - this.#sinceMs, ...(facts ? { facts } : {}) }
    this.#sinceMs = now
    this.stage = next
    this.options.onStep(step)
  }

  beginsMessage(recipients: number): void {
    this.stage = 'sender'
    this.#recipients = { awaited: recipients, accepted: 0 }
  }

  finalDotWritten(): void {
    this.finalDotSent = true
    this.isTextOpen = false
    this.options.onDot?.()
  }

  /** Milliseconds since the last stage ended. */
  elapsedMs(): number {
    return this.clock.monotonicMs() - this.#sinceMs
  }

  /** Announces the text of the next command that nodemailer does not log. */
  willSay(logged: string): void {
    this.#disguised.push(logged)
  }

  commandSent(logged: string): void {
    const text = logged === DISGUISED ? (this.#disguised.shift() ?? '[secret]') : logged.replace(DISGUISED, '[secret]')
    const verb = /^[A-Z]+/.exec(text)?.[0] ?? 'AUTH'
    this.#awaiting.push(verb)
    this.#line('client', text)
  }

  /** @returns whether the message follows now */
  replyReceived(reply: string): boolean {
    this.heard = true
    const verb = this.#awaiting.shift()
    if (this.options.onLine) for (const line of reply.split('\n')) this.#line('server', line)
    if (verb === '(greeting)') this.greeting = /^220[ -]([\w.-]+)/.exec(reply)?.[1] ?? null
    if (verb === 'MAIL' && reply.startsWith('2')) this.passed('sender', 'recipient')
    if (verb === 'RCPT') this.#recipientReplied(reply.startsWith('2'))
    this.isTextOpen = verb === 'DATA' && reply.startsWith('3') && this.#recipients.accepted > 0
    if (this.isTextOpen) this.#awaiting.push('(message)')
    return this.isTextOpen
  }

  #recipientReplied(accepted: boolean): void {
    this.#recipients.awaited--
    if (accepted) this.#recipients.accepted++
    const allIn = this.#recipients.awaited === 0
    if (allIn && this.#recipients.accepted > 0 && this.stage === 'recipient') this.passed('recipient', 'data')
  }

  #line(from: 'client' | 'server', text: string): void {
    this.options.onLine?.({ atMs: this.clock.monotonicMs() - this.#startedMs, from, text: this.scrub(text) })
  }
}
