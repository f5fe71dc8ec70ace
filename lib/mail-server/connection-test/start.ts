import { may } from '../../access/permissions'
import type { AuditEntry } from '../../audit/entry'
import { brokenOff } from '../../diagnosis'
import type { LocalisedCaller } from '../../i18n/locale'
import { actorName } from '../../kernel/actor'
import { newId } from '../../kernel/ids'
import { fail, ok, type Result } from '../../kernel/result'
import { sameAddress } from '../../policy/sender'
import type { TranscriptLine } from '../../smtp/contracts'
import { credentialDigest } from '../digest'
import type { SenderSeen, StoredServer } from '../ports'
import { secretOf } from '../secret-reuse'
import { isSenderRefusal } from '../senders/rejection'
import type { MailServerChange } from '../settings'
import { digestFor } from '../view'
import { EventLog } from './event-log'
import type { TestDeps, TestedSender, TestInput } from './input'
import type { TestLimitReached } from './limit'
import { TestCourse } from './recorder'
import type { TestEvent, TestReport } from './report'
import { runStages } from './stages'

export type TestRefusal =
  | ({ kind: 'too-many' } & TestLimitReached)
  /** The caller may not change the settings, and this sender is neither theirs nor verified. */
  | { kind: 'sender-not-saved' }

/**
 * Sends a real message with the given values, and tells each stage as it ends. Once begun it runs to its end, is stored and
 * leaves one audit row, whether or not anybody reads on. Refused beyond 5 a minute and 30 an hour for one person, 60 an hour
 * in all, of which the last ten are left to people at the page (N-06).
 */
export async function startTest(
  deps: TestDeps,
  caller: LocalisedCaller,
  input: TestInput,
): Promise<Result<AsyncGenerator<TestEvent, void, void>, TestRefusal>> {
  // Before anything is sent: with the database away nothing leaves that could not be recorded.
  const [turn, server] = await Promise.all([
    deps.limiter.consume(caller.actor.kind === 'operator' ? caller.actor.id : null),
    deps.store.load(),
  ])
  if (!turn.ok) {
    const { limit, retryAfterMs } = turn.error
    await deps.audit.record(
      testEntry(deps.store.id, caller, 'refused', { reason: 'too-many', limit, retryAfterMs, recipient: input.to }),
    )
    return fail({ kind: 'too-many', limit, retryAfterMs })
  }
  if (!(await mayTestAs(deps, caller, input, server))) {
    await deps.audit.record(
      testEntry(deps.store.id, caller, 'refused', { reason: 'sender-not-saved', recipient: input.to }),
    )
    return fail({ kind: 'sender-not-saved' })
  }
  const log = new EventLog<TestEvent>()
  run(deps, caller, { input, server }, log).then(
    () => log.end(),
    (thrown: unknown) => log.break(thrown),
  )
  return ok(log.read())
}

/**
 * Whoever may test but not save uses the stored credential only for senders that an administrator chose: the saved one, or one
 * that is verified. With a credential of their own they may test any.
 */
async function mayTestAs(
  deps: TestDeps,
  { actor }: LocalisedCaller,
  { change, as }: TestInput,
  server: StoredServer | null,
): Promise<boolean> {
  if (actor.kind !== 'operator' || may(actor.role, 'mail-server:write')) return true
  const saved = server?.settings
  if (as || !change.ok || change.value.secret.kind !== 'keep' || !saved) return true
  const { settings } = change.value
  if (settings.senderName !== saved.senderName) return false
  if (sameAddress(settings.senderAddress, saved.senderAddress)) return true
  const verified = await deps.verifiedOthers(saved)
  return verified.some((address) => sameAddress(address, settings.senderAddress))
}

async function run(
  deps: TestDeps,
  caller: LocalisedCaller,
  { input, server }: { input: TestInput; server: StoredServer | null },
  log: EventLog<TestEvent>,
): Promise<void> {
  const { clock, store, rules } = deps
  const startedAt = clock.now()
  const begunMs = clock.monotonicMs()
  // It is needed at the end only, and asks the database meanwhile.
  const digesting = input.change.ok && !input.as ? digestOf(deps, server, input.change.value) : Promise.resolve(null)
  digesting.catch(() => {}) // Whoever awaits it below hears of it.
  const course = new TestCourse(input, { deps, locale: caller.locale, tell: (event) => log.push(event) })
  try {
    await runStages(deps, caller, input, server, course)
  } catch (error) {
    // The test was made and may have sent a message: it ends with a report and a row like any other.
    deps.log.error('a test broke off', { error, stage: course.stage })
    course.fail({ ...brokenOff(error, course.stage), retry: 'no' })
  }

  const { report, transcript, secretDigest } = course.finish()
  const testId = newId()
  await store.keepTest(
    {
      id: testId,
      revision: server?.version ?? 0,
      digest: await digesting,
      dryRun: input.dryRun,
      recipient: input.to,
      settings: input.change.ok ? input.change.value.settings : {},
      report,
      transcript,
      startedBy: actorName(caller.actor),
      startedAt,
      durationMs: Math.round(clock.monotonicMs() - begunMs),
      credential: course.entraResult(),
      sender: input.as ? { ...input.as, seen: seenOf(input.as, report) } : null,
    },
    testEntry(store.id, caller, report.outcome === 'failed' ? 'failed' : 'done', {
      testId,
      outcome: report.outcome,
      code: report.diagnosis?.code ?? null,
      stage: report.diagnosis?.stage ?? null,
      recipient: input.to,
      dryRun: input.dryRun,
      secretDigest,
      ...(input.as && { sender: input.as.address, login: input.as.mailbox }),
    }),
  )
  log.push({ kind: 'finished', report, testId, transcript: transcript as TranscriptLine[] })

  /** Null when no secret belongs to it, so that nothing is proven by it. */
  async function digestOf(
    from: TestDeps,
    saved: StoredServer | null,
    change: MailServerChange,
  ): Promise<string | null> {
    const secret = secretOf(change, saved, rules.clouds)
    if (!secret.ok) return null
    return digestFor(from, saved, { settings: change.settings, credential: credentialDigest(secret.value, from.vault) })
  }
}

/** What the test says of the sender; null: nothing, since it did not come so far, or went no further than the recipient. */
function seenOf({ address, mailbox, digest }: TestedSender, { outcome, diagnosis }: TestReport): SenderSeen | null {
  if (digest === null) return null
  if (outcome === 'accepted') return { refusal: null }
  if (!diagnosis || !isSenderRefusal(diagnosis.code, { ownLogin: mailbox.toLowerCase() === address.toLowerCase() }))
    return null
  return { refusal: { code: diagnosis.code, evidence: diagnosis.evidence } }
}

function testEntry(
  id: string,
  { actor, origin }: LocalisedCaller,
  result: AuditEntry['result'],
  details: AuditEntry['details'],
): AuditEntry {
  return { action: 'mail-server.test', actor, origin, result, subject: `mail-server:${id}`, details }
}
