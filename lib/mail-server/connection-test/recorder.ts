import { type Diagnosis, type Remedy, type RemedyFacts, remedy } from '../../diagnosis'
import { LOCALES, type Locale } from '../../i18n/locale'
import type { Clock, DiagnosisCode, MailServerSettings, Redacted } from '../../kernel'
import { STAGES, type Stage } from '../../kernel/stage'
import { createScrubber } from '../../net'
import type { TestInput } from './input'
import type { OtherLanguages, StageReport, TestEvent, TestReport, Transcript } from './report'

/** Lines that are recorded of one conversation, however long the server talks. */
const TRANSCRIPT_LINES_MAX = 300

/** The stages of these settings; others are not part of the report. If the settings do not parse, only their type is known. */
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

/** The server type. If the settings neither parse nor name it, an error in a field that only SMTP has reveals it. */
function typeOf({ change, type }: TestInput): string | null {
  if (change.ok) return change.value.settings.type
  return type ?? (SMTP_FIELDS.some((field) => Object.hasOwn(change.error, field)) ? 'smtp' : null)
}
const SMTP_FIELDS = ['host', 'port', 'security', 'login', 'username', 'password', 'login.username', 'login.password']

export type Recorded = ReturnType<TestRecorder['finish']>

/** Records one test: which stage runs, which have ended and how, and what the report will say. */
export class TestRecorder {
  readonly #stages: readonly Stage[]
  readonly #ended: StageReport[] = []
  readonly #transcript: Transcript = []
  readonly #secrets: Redacted[] = []
  /** Rebuilt only for a further secret, because a token has many spellings and a conversation many lines. */
  #scrub = createScrubber([])
  readonly #settings: MailServerSettings | null
  readonly #as: TestInput['as']
  #running: { stage: Stage; sinceMs: number } | null = null
  #diagnosis: Diagnosis | null = null
  #accepted: TestReport['accepted'] = null
  #facts: RemedyFacts = {}
  #secretDigest: string | null = null
  #storedCredentialId: string | null = null
  #entraAnswer: { refusedCode: DiagnosisCode | null; fallbackUntil: Date | null } | null = null

  constructor(
    input: TestInput,
    private readonly context: { clock: Clock; locale: Locale; emit(event: TestEvent): void },
  ) {
    this.#settings = input.change.ok ? input.change.value.settings : null
    this.#as = input.as
    this.#stages = stagesOf(this.#settings, typeOf(input))
    this.#begin('settings')
  }

  /** Removes a secret from everything that is recorded from now on. */
  hide(secret: Redacted): void {
    this.#secrets.push(secret)
    this.#scrub = createScrubber(this.#secrets)
  }

  /** This organisation's own values, for the remedy. */
  addFacts(facts: RemedyFacts): void {
    this.#facts = { ...this.#facts, ...facts }
  }

  /** @param storedId id of the stored credential; null if another one is used, or none */
  setCredential({ digest, storedId }: { digest: string | null; storedId: string | null }): void {
    this.#secretDigest = digest
    this.#storedCredentialId = storedId
  }

  get usesStoredCredential(): boolean {
    return this.#storedCredentialId !== null
  }

  /** @param fallbackUntil until when deliveries use the previous credential; null if they do not */
  entraAnswered(refusedCode: DiagnosisCode | null, fallbackUntil: Date | null = null): void {
    this.#entraAnswer = { refusedCode, fallbackUntil }
  }

  get failed(): boolean {
    return this.#diagnosis !== null
  }

  /** The stage that runs now, to which a passed deadline belongs. */
  get stage(): Stage {
    return this.#running?.stage ?? 'data'
  }

  /** A stage passed, perhaps with a warning. The next one begins. */
  pass(
    stage: Stage,
    { ms, facts, warned = false }: { ms?: number; facts?: StageReport['facts']; warned?: boolean } = {},
  ) {
    if (!this.#stages.includes(stage) || this.failed || this.#hasEnded(stage)) return
    this.#end({ stage, state: warned ? 'warned' : 'passed', ms: ms ?? this.#elapsed(), ...(facts && { facts }) })
    const next = this.#stages[this.#stages.indexOf(stage) + 1]
    if (next) this.#begin(next)
  }

  skip(stage: Stage): void {
    if (this.#stages.includes(stage) && !this.failed) this.#end({ stage, state: 'skipped', ms: 0 })
  }

  /** Ends the test. If the stage of the diagnosis has passed already, the failure belongs to the one that runs. */
  fail(diagnosis: Diagnosis): void {
    if (this.failed) return
    const isOpen = this.#stages.includes(diagnosis.stage) && !this.#hasEnded(diagnosis.stage)
    const stage = isOpen ? diagnosis.stage : this.stage
    this.#diagnosis = { ...diagnosis, stage, evidence: this.#scrub(diagnosis.evidence) }
    const at = this.#stages.indexOf(stage)
    // A stage before the failing one that did not report its end must have passed.
    for (const before of this.#stages.slice(0, at))
      if (!this.#hasEnded(before)) this.#end({ stage: before, state: 'passed', ms: 0 })
    this.#end({ stage, state: 'failed', ms: this.#elapsed() })
    for (const after of this.#stages.slice(at + 1)) this.#end({ stage: after, state: 'skipped', ms: 0 })
  }

  accept({ reply, serverMessageId, messageId }: NonNullable<TestReport['accepted']>): void {
    this.#accepted = {
      reply: this.#scrub(reply),
      serverMessageId: serverMessageId === null ? null : this.#scrub(serverMessageId),
      messageId,
    }
  }

  line(line: Transcript[number]): void {
    if (this.failed || this.#transcript.length >= TRANSCRIPT_LINES_MAX) return
    this.#transcript.push({ ...line, atMs: Math.round(line.atMs), text: this.#scrub(line.text) })
  }

  finish() {
    const settings = this.#settings
    const stages = this.#stages.flatMap((stage) => this.#ended.filter((ended) => ended.stage === stage))
    const sender = this.#as?.address ?? settings?.senderAddress ?? ''
    const id = this.#storedCredentialId
    const success = this.#accepted ? 'accepted' : 'ready'
    return {
      report: {
        outcome: this.#diagnosis ? 'failed' : success,
        stages,
        diagnosis: this.#diagnosis && this.#withRemedy(this.#diagnosis),
        accepted: this.#diagnosis ? null : this.#accepted,
        sender: { envelopeFrom: sender, from: sender, login: this.#as?.mailbox ?? loginOf(settings) },
      } satisfies TestReport as TestReport,
      otherLanguages: this.#diagnosis ? this.#otherLanguages(this.#diagnosis) : {},
      transcript: this.#transcript,
      /** Keyed digest of the secret that was used; null if there was none. */
      secretDigest: this.#secretDigest,
      /** What Entra said of the stored credential. Null if another one was tested, or if Entra said nothing about it. */
      credential: id === null || this.#entraAnswer === null ? null : { id, refusedCode: this.#entraAnswer.refusedCode },
    }
  }

  #withRemedy(diagnosis: Diagnosis): TestReport['diagnosis'] {
    const { code, stage, retry, evidence } = diagnosis
    const { locale } = this.context
    const until = this.#entraAnswer?.fallbackUntil
    const fallback = until && { fallbackUntil: until.toISOString() }
    return { code, stage, retry, ...this.#remedy(diagnosis, locale), evidence, locale, ...fallback }
  }

  #otherLanguages(diagnosis: Diagnosis): OtherLanguages {
    const locales = LOCALES.filter((locale) => locale !== this.context.locale)
    return Object.fromEntries(locales.map((locale) => [locale, this.#remedy(diagnosis, locale)]))
  }

  #remedy({ code, stage, evidence }: Diagnosis, locale: Locale): Remedy {
    return remedy(code, { ...this.#facts, stage, evidence }, locale)
  }

  #hasEnded(stage: Stage): boolean {
    return this.#ended.some((ended) => ended.stage === stage)
  }

  #begin(stage: Stage): void {
    this.#running = { stage, sinceMs: this.context.clock.monotonicMs() }
    this.context.emit({ kind: 'began', stage })
  }

  #end(report: StageReport): void {
    const ended = { ...report, ms: Math.round(report.ms) }
    this.#ended.push(ended)
    this.context.emit({ kind: 'ended', stage: ended })
  }

  #elapsed(): number {
    return this.#running ? this.context.clock.monotonicMs() - this.#running.sinceMs : 0
  }
}

function loginOf(settings: MailServerSettings | null): string | null {
  if (!settings) return null
  return settings.type === 'smtp' ? settings.username : settings.senderAddress
}
