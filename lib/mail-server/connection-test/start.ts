import { EventEmitter, on } from 'node:events'
import { may } from '../../access/permissions'
import { type AuditEntry, auditEntry, refuse } from '../../audit'
import { revisionDigest } from '../../credentials/open-credential'
import { diagnoseInternalError } from '../../diagnosis'
import type { LocalisedCaller } from '../../i18n/locale'
import { actorName, newId, ok, type Result } from '../../kernel'
import { sameAddress } from '../../policy/sender'
import type { MailServerDeps } from '../deps'
import type { MailServerChange } from '../fields'
import { credentialDigest, secretOf } from '../secret-reuse'
import { verifiedAddresses } from '../senders/cache'
import { isSenderRefusal } from '../senders/state'
import { loadServer, type StoredServer } from '../store/settings'
import { countTest } from '../store/test-limits'
import { recordTest } from '../store/test-runs'
import type { TestedSender, TestInput } from './input'
import type { TestLimitReached } from './limit'
import { TestRecorder } from './recorder'
import type { TestEvent, TestReport } from './report'
import { runStages } from './stages'

export type TestRefusal =
  | ({ kind: 'too-many' } & TestLimitReached)
  /** The caller may not change the settings, and this sender is neither the saved one nor verified. */
  | { kind: 'sender-not-saved' }

/**
 * Sends a real message with these values, and yields each stage as it ends. A test that has begun runs to its end, is stored and
 * leaves one audit entry, even if its events are not read. One person may start 5 a minute and 30 an hour, the whole console 60 an
 * hour, of which ten are reserved for people at the page.
 */
export async function startTest(
  deps: MailServerDeps,
  caller: LocalisedCaller,
  input: TestInput,
): Promise<Result<AsyncGenerator<TestEvent, void, void>, TestRefusal>> {
  // Both read the database before anything is sent, so nothing is sent that could not be recorded.
  const [turn, server] = await Promise.all([
    countTest(deps.db, caller.actor.kind === 'operator' ? caller.actor.id : null),
    loadServer(deps.db, deps.id),
  ])
  const recipient = input.to
  if (!turn.ok)
    return refuse(deps, testEntry(deps, caller, { ...turn.error, recipient }), { kind: 'too-many', ...turn.error })
  if (!(await mayUseSender(deps, caller, input, server)))
    return refuse(deps, testEntry(deps, caller, { recipient }), { kind: 'sender-not-saved' })
  const events = new EventEmitter()
  const unread = on(events, 'event', { close: ['end'] })
  run(deps, caller, { input, server }, (event) => events.emit('event', event)).then(
    () => events.emit('end'),
    // Someone who has stopped reading is not told of a bug either.
    (thrown: unknown) => events.listenerCount('error') > 0 && events.emit('error', thrown),
  )
  return ok(each(unread))
}

/** All events from the beginning. A person may close the browser during a test; the test still ends and is stored. */
async function* each(unread: AsyncIterable<TestEvent[]>): AsyncGenerator<TestEvent, void, void> {
  for await (const events of unread) yield* events
}

/**
 * A person who may test but not save can use the stored credential only for senders that an administrator chose: the saved one, or a
 * verified one. With a credential that they enter themselves they may test any sender.
 */
async function mayUseSender(
  deps: MailServerDeps,
  { actor }: LocalisedCaller,
  { change }: TestInput,
  server: StoredServer | null,
): Promise<boolean> {
  if (actor.kind !== 'operator' || may(actor.role, 'mail-server:write')) return true
  const saved = server?.settings
  if (!change.ok || change.value.secret.kind !== 'keep' || !saved) return true
  const { settings } = change.value
  if (settings.senderName !== saved.senderName) return false
  if (sameAddress(settings.senderAddress, saved.senderAddress)) return true
  const verified = await verifiedAddresses(deps, saved)
  return verified.some((address) => sameAddress(address, settings.senderAddress))
}

async function run(
  deps: MailServerDeps,
  caller: LocalisedCaller,
  { input, server }: { input: TestInput; server: StoredServer | null },
  emit: (event: TestEvent) => void,
): Promise<void> {
  const { clock } = deps
  const startedAt = clock.now()
  const startedMs = clock.monotonicMs()
  const recorder = new TestRecorder(input, { clock, locale: caller.locale, emit })
  try {
    await runStages(deps, caller, input, server, recorder)
  } catch (error) {
    // The test may have sent a message, so it ends with a report and an audit entry like any other.
    deps.log.error('a test ended with an error', { error, stage: recorder.stage })
    recorder.fail({ ...diagnoseInternalError(error, recorder.stage), retry: 'no' })
  }

  const { secretDigest, ...recorded } = recorder.finish()
  const { report, transcript } = recorded
  const testId = newId()
  const details = {
    testId,
    outcome: report.outcome,
    code: report.diagnosis?.code ?? null,
    stage: report.diagnosis?.stage ?? null,
    recipient: input.to,
    dryRun: input.dryRun,
    secretDigest,
    ...(input.as && { sender: input.as.address, login: input.as.mailbox }),
  }
  const test = {
    ...recorded,
    id: testId,
    revision: server?.version ?? 0,
    digest: input.change.ok && !input.as ? digestOf(deps, server, input.change.value) : null,
    dryRun: input.dryRun,
    recipient: input.to,
    settings: input.change.ok ? input.change.value.settings : {},
    startedBy: actorName(caller.actor),
    startedAt,
    durationMs: Math.round(clock.monotonicMs() - startedMs),
    sender: input.as ? { ...input.as, result: senderResult(input.as, report) } : null,
  }
  const result = report.outcome === 'failed' ? 'failed' : 'done'
  await recordTest(deps, test, testEntry(deps, caller, details, result))
  emit({ kind: 'finished', report, testId, transcript })
}

/** What the test verifies if it is accepted. Null if the change has no usable secret, so that nothing is verified. */
function digestOf({ vault, deployment }: MailServerDeps, saved: StoredServer | null, change: MailServerChange) {
  const secret = secretOf(change, saved, deployment.clouds)
  if (!secret.ok) return null
  const credential = credentialDigest(secret.value, vault)
  const digest = revisionDigest(change.settings, credential, vault)
  // For exactly what is saved it is the stored one, whichever key that was computed with.
  const isSaved =
    saved?.settings &&
    (saved.credential?.digest ?? null) === credential &&
    revisionDigest(saved.settings, credential, vault) === digest
  return isSaved && saved.revision ? saved.revision.digest : digest
}

/** What the test showed of the sender; null if nothing, because it failed before the server judged the sender, or for another reason. */
function senderResult({ address, mailbox, digest }: TestedSender, { outcome, diagnosis }: TestReport) {
  if (digest === null) return null
  if (outcome === 'accepted') return { refusal: null }
  if (!diagnosis || !isSenderRefusal(diagnosis.code, { ownLogin: sameAddress(mailbox, address) })) return null
  return { refusal: { code: diagnosis.code, evidence: diagnosis.evidence } }
}

const testEntry = (
  { id }: MailServerDeps,
  caller: LocalisedCaller,
  details: AuditEntry['details'],
  result?: AuditEntry['result'],
): AuditEntry => auditEntry('mail-server.test', caller, `mail-server:${id}`, details, result)
