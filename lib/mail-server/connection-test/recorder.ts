import { type Diagnosis, type RemedyFacts, remedy } from '../../diagnosis'
import type { Locale } from '../../i18n/locale'
import type { DiagnosisCode } from '../../kernel/diagnosis-code'
import type { MailServerSettings } from '../../kernel/mail-server-settings'
import type { Redacted } from '../../kernel/redacted'
import { STAGES, type Stage } from '../../kernel/stage'
import { createScrubber } from '../../net'
import type { TestDeps, TestInput } from './input'
import type { StageReport, TestEvent, TestReport } from './report'

/** Lines kept of one conversation; a server that never stops talking fills no table. */
const TRANSCRIPT_LINES_MAX = 300

type Transcript = { atMs: number; from: 'client' | 'server'; text: string }[]

/** Which stages these settings call for; others are absent from the report. Of settings that do not parse only the type is known. */
function stagesOf(settings: MailServerSettings | null, type: string | null): readonly Stage[] {
  if (type !== 'smtp') return STAGES
  const smtp = settings?.type === 'smtp' ? settings : null
  return STAGES.filter(
    (stage) =>
      stage !== 'token' &&
      stage !== 'claims' &&
      (stage !== 'tls' || smtp?.security !== 'none') &&
      (stage !== 'auth' || smtp?.username !== null),
  )
}

/** Where the settings do not parse and nobody says of which type they are, a field that only one type has tells it. */
function typeOf({ change, type }: TestInput): string | null {
  if (change.ok) return change.value.settings.type
  return type ?? (SMTP_FIELDS.some((field) => Object.hasOwn(change.error, field)) ? 'smtp' : null)
}
const SMTP_FIELDS = ['host', 'port', 'security', 'login', 'username', 'password', 'login.username', 'login.password']

/** Keeps the account of one test: which stage is running, what has ended, what the report will say. */
export class TestCourse {
  readonly #plan: readonly Stage[]
  readonly #ended: StageReport[] = []
  readonly #transcript: Transcript = []
  readonly #secrets: Redacted[] = []
  /** Made anew only when another secret is known: a token has many spellings, a conversation many lines. */
  #scrub = createScrubber([])
  readonly #settings: MailServerSettings | null
  readonly #as: TestInput['as']
  #running: { stage: Stage; sinceMs: number } | null = null
  #diagnosis: Diagnosis | null = null
  #accepted: TestReport['accepted'] = null
  #facts: RemedyFacts = {}
  secretDigest: string | null = null
  /** Id of the stored credential in use; null: typed, or none. */
  storedCredential: string | null = null
  /** Until when deliveries use the previous credential; null if they do not. */
  fallbackUntil: Date | null = null
  /** What Entra said of it; null: nothing. */
  credentialResult: { refusedCode: DiagnosisCode | null } | null = null

  constructor(
    input: TestInput,
    private readonly context: { deps: TestDeps; locale: Locale; tell(event: TestEvent): void },
  ) {
    this.#settings = input.change.ok ? input.change.value.settings : null
    this.#as = input.as
    this.#plan = stagesOf(this.#settings, typeOf(input))
    this.#begin('settings')
  }

  /** Taken out of everything a peer says, whichever adapter brought it (S-14). */
  hide(secret: Redacted): void {
    this.#secrets.push(secret)
    this.#scrub = createScrubber(this.#secrets)
  }

  /** This organisation's own values, for the remedy. */
  know(facts: RemedyFacts): void {
    this.#facts = { ...this.#facts, ...facts }
  }

  get failed(): boolean {
    return this.#diagnosis !== null
  }

  /** The stage that runs now: where a wait ends, if it ends by the deadline. */
  get stage(): Stage {
    return this.#running?.stage ?? 'data'
  }

  /** A stage ended well, or with a warning; the next one of the plan begins. */
  pass(
    stage: Stage,
    { ms, facts, warned = false }: { ms?: number; facts?: StageReport['facts']; warned?: boolean } = {},
  ) {
    if (!this.#plan.includes(stage) || this.failed || this.#ended.some((ended) => ended.stage === stage)) return
    this.#end({ stage, state: warned ? 'warned' : 'passed', ms: ms ?? this.#elapsed(), ...(facts && { facts }) })
    const next = this.#plan[this.#plan.indexOf(stage) + 1]
    if (next) this.#begin(next)
  }

  skip(stage: Stage): void {
    if (this.#plan.includes(stage) && !this.failed) this.#end({ stage, state: 'skipped', ms: 0 })
  }

  /** Ends the test. A stage that has already passed stays so; then the failure belongs to the one that runs. */
  fail(diagnosis: Diagnosis): void {
    if (this.failed) return
    const passed = this.#ended.some(({ stage }) => stage === diagnosis.stage)
    const stage = passed || !this.#plan.includes(diagnosis.stage) ? this.stage : diagnosis.stage
    this.#diagnosis = { ...diagnosis, stage, evidence: this.#scrubbed(diagnosis.evidence) }
    const at = this.#plan.indexOf(stage)
    // What lies before the failing stage and told no end of its own must have gone well.
    for (const before of this.#plan.slice(0, at))
      if (!this.#ended.some((ended) => ended.stage === before)) this.#end({ stage: before, state: 'passed', ms: 0 })
    this.#end({ stage, state: 'failed', ms: this.#elapsed() })
    for (const after of this.#plan.slice(at + 1)) this.#end({ stage: after, state: 'skipped', ms: 0 })
  }

  accept(accepted: { reply: string; serverMessageId: string | null; messageId: string }): void {
    const { reply, serverMessageId, messageId } = accepted
    this.#accepted = {
      reply: this.#scrubbed(reply),
      serverMessageId: serverMessageId === null ? null : this.#scrubbed(serverMessageId),
      messageId,
    }
  }

  line(line: Transcript[number]): void {
    if (this.failed || this.#transcript.length >= TRANSCRIPT_LINES_MAX) return
    this.#transcript.push({ ...line, atMs: Math.round(line.atMs), text: this.#scrubbed(line.text) })
  }

  /** What the test found out about the stored credential, if that was in use and Entra spoke of it. */
  entraResult(): { id: string; refusedCode: DiagnosisCode | null } | null {
    if (this.storedCredential === null || this.credentialResult === null) return null
    return { id: this.storedCredential, ...this.credentialResult }
  }

  finish(): { report: TestReport; transcript: Transcript; secretDigest: string | null } {
    const settings = this.#settings
    const stages = this.#plan.flatMap((stage) => this.#ended.filter((ended) => ended.stage === stage))
    const sender = this.#as?.address ?? settings?.senderAddress ?? ''
    const report: TestReport = {
      outcome: this.#diagnosis ? 'failed' : this.#accepted ? 'accepted' : 'ready',
      stages,
      diagnosis: this.#diagnosis && this.#told(this.#diagnosis),
      accepted: this.#diagnosis ? null : this.#accepted,
      sender: { envelopeFrom: sender, from: sender, login: this.#as?.mailbox ?? loginOf(settings) },
    }
    return { report, transcript: this.#transcript, secretDigest: this.secretDigest }
  }

  #told({ code, stage, retry, evidence }: Diagnosis): TestReport['diagnosis'] {
    const facts = { ...this.#facts, stage, evidence }
    const { title, cause, steps, commands, portal } = remedy(code, facts, this.context.locale)
    const fallbackUntil = this.fallbackUntil && { fallbackUntil: this.fallbackUntil.toISOString() }
    return { code, stage, retry, title, cause, steps, commands, portal, evidence, ...fallbackUntil }
  }

  #begin(stage: Stage): void {
    this.#running = { stage, sinceMs: this.context.deps.clock.monotonicMs() }
    this.context.tell({ kind: 'began', stage })
  }

  #end(report: StageReport): void {
    const ended = { ...report, ms: Math.round(report.ms) }
    this.#ended.push(ended)
    this.context.tell({ kind: 'ended', stage: ended })
  }

  #elapsed(): number {
    return this.#running ? this.context.deps.clock.monotonicMs() - this.#running.sinceMs : 0
  }

  #scrubbed(text: string): string {
    return this.#scrub(text)
  }
}

function loginOf(settings: MailServerSettings | null): string | null {
  if (!settings) return null
  return settings.type === 'smtp' ? settings.username : settings.senderAddress
}
