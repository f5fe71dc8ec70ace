import type { SubmissionSessionModel } from '../../db/generated/models'
import { newOrderedId, pick } from '../../kernel'
import { printable } from '../../net/scrub'
import type { Entrance } from '../entrance'
import type { Refusal, RefusalCode } from '../refusal'

export interface SessionStage {
  /** Milliseconds since the connection was made. */
  atMs: number
  event: 'connect' | 'tls' | 'login' | 'sender' | 'recipient' | 'message' | 'end'
  /** The user name, address, message id or protocol. */
  detail?: string
  refusal?: Refusal
}

/** One SMTP connection, as it is stored when it has ended. */
export interface SessionRecord extends Omit<SubmissionSessionModel, 'entrance' | 'refusal' | 'stages'> {
  entrance: Entrance
  refusal: RefusalCode | null
  stages: readonly SessionStage[]
}

/** More stages of one session are counted in its messages only. */
const STAGES_MAX = 100
const DETAIL_CHARS_MAX = 254

/** A stranger's text as pages show it, in which nothing turns or hides what is around it. */
const printableStart = (text: string): string => printable(text).slice(0, DETAIL_CHARS_MAX)

const printableRefusal = ({ code, params }: Refusal): Refusal => ({
  code,
  params: Object.fromEntries(
    Object.entries(params).map(([name, value]) => [name, typeof value === 'string' ? printableStart(value) : value]),
  ),
})

export class SessionRecorder {
  readonly id: string
  clientId: string | null = null
  helo: string | null = null
  login: string | null = null
  tls: string | null = null
  sender: string | null = null
  accepted = 0
  readonly #stages: SessionStage[] = []
  #refusal: RefusalCode | null = null

  constructor(
    readonly startedAt: Date,
    readonly entrance: Entrance,
    readonly address: string,
    private readonly elapsedMs: () => number,
  ) {
    this.id = newOrderedId(startedAt)
  }

  note(event: SessionStage['event'], detail?: string, refusal?: Refusal): void {
    const isFirstRefusal = refusal !== undefined && this.#refusal === null
    if (refusal) this.#refusal ??= refusal.code
    // Why it was refused and when it ended are noted after any number of recipients.
    if (this.#stages.length >= STAGES_MAX && !isFirstRefusal && event !== 'end') return
    this.#stages.push({
      atMs: Math.round(this.elapsedMs()),
      event,
      ...(detail !== undefined && { detail: printableStart(detail) }),
      ...(refusal && { refusal: printableRefusal(refusal) }),
    })
  }

  get endsInRefusal(): boolean {
    return this.#stages.at(-1)?.refusal !== undefined
  }

  end(): SessionRecord {
    this.note('end')
    const cut = (text: string | null) => text && printableStart(text)
    return {
      ...pick(this, 'id', 'startedAt', 'entrance', 'address', 'clientId', 'tls', 'accepted'),
      durationMs: Math.round(this.elapsedMs()),
      helo: cut(this.helo),
      login: cut(this.login),
      sender: cut(this.sender),
      refusal: this.#refusal,
      stages: this.#stages,
    }
  }
}
