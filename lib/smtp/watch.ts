import type { Clock } from '../kernel/clock'
import type { WireStage } from '../kernel/stage'
import type { AttemptOptions, WireStep } from './contracts'

/** What nodemailer puts in the place of a command of ours that is not AUTH. */
const DISGUISED = '/* secret */'

type Facts = Record<string, string>

/**
 * One attempt as seen on the wire: which step it is in, how long each took, and the lines said. Fed by nodemailer's
 * transaction log, by our dialer and by our own commands.
 */
export class Watch {
  /** The step whose end is awaited. */
  stage: WireStage = 'connect'
  /** Any byte of the peer's: tells a silent port from a slow server. */
  heard: boolean
  greeting: string | null = null
  /** The final dot was given to the socket. */
  finalDotSent = false
  readonly #startedMs: number
  #sinceMs: number
  /** Commands whose replies are to come, in order. */
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

  /** Ends a step well. `ms` where it was measured elsewhere. */
  passed(stage: WireStage, next: WireStage, facts?: Facts, ms?: number): void {
    const now = this.clock.monotonicMs()
    const step: WireStep = { stage, ms: ms ?? now - this.#sinceMs, ...(facts ? { facts } : {}) }
    this.#sinceMs = now
    this.stage = next
    this.options.onStep(step)
  }

  /** A message for so many recipients begins. */
  beginsMessage(recipients: number): void {
    this.stage = 'sender'
    this.#recipients = { awaited: recipients, accepted: 0 }
  }

  dot(): void {
    this.finalDotSent = true
    this.options.onDot?.()
  }

  /** Milliseconds since the last step ended. */
  elapsedMs(): number {
    return this.clock.monotonicMs() - this.#sinceMs
  }

  /** The next command that nodemailer disguises is this one. */
  willSay(logged: string): void {
    this.#disguised.push(logged)
  }

  said(logged: string): void {
    const text = logged === DISGUISED ? (this.#disguised.shift() ?? '[secret]') : logged.replace(DISGUISED, '[secret]')
    const verb = /^[A-Z]+/.exec(text)?.[0] ?? 'AUTH'
    this.#awaiting.push(verb)
    this.#line('client', text)
  }

  /** @returns whether the message itself follows now. */
  replied(reply: string): boolean {
    this.heard = true
    const verb = this.#awaiting.shift()
    if (this.options.onLine) for (const line of reply.split('\n')) this.#line('server', line)
    if (verb === '(greeting)') this.greeting = /^220[ -]([\w.-]+)/.exec(reply)?.[1] ?? null
    if (verb === 'MAIL' && reply.startsWith('2')) this.passed('sender', 'recipient')
    if (verb === 'RCPT') this.#recipientReplied(reply.startsWith('2'))
    const goesOn = verb === 'DATA' && reply.startsWith('3')
    if (goesOn) this.#awaiting.push('(message)')
    return goesOn
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
