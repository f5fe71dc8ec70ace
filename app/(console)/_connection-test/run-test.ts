import type { MessageKey } from '@/lib/i18n/translations'
import 'server-only'
import type { OperatorCaller } from '@/app/_server/caller'
import { claimForm } from '@/app/_server/form-token'
import type { Result } from '@/lib/kernel/result'
import type { TestEvent } from '@/lib/mail-server'
import { TEST_DEADLINE_MS } from '@/lib/mail-server/connection-test/input'
import { limitReached } from '@/lib/mail-server/connection-test/limit'
import type { TestRefusal } from '@/lib/mail-server/connection-test/start'
import { services } from '@/lib/services'

/** The same form sent again waits for the first one's report: its deadline, and a little for storing. */
const SAME_FORM_WAIT_MS = TEST_DEADLINE_MS + 5_000

export type Submitted<State> =
  | { kind: 'events'; events: AsyncIterable<TestEvent> }
  /**
   * Nothing was sent. `status` is for the route; an action cannot choose its own. Fields to mend are an answer (200), not
   * an error: a browser writes every other status on its console.
   */
  | { kind: 'state'; state: State; status: 200 | 409 | 429; retryAfterMs?: number }

export interface TestOnce<State> {
  /** `gone`: what was to be tested is not there any more. */
  start(): Promise<Result<AsyncIterable<TestEvent>, TestRefusal | { kind: 'gone' }>>
  /** Nothing was sent, for a reason of the `validation` words. */
  refused(key: MessageKey<'validation'>, params?: Record<string, string | number>): State
}

/**
 * One function behind every action and route that tests, with the same checks. A form tests once, however often it is posted
 * (R-13, F-67); the test goes on when nobody reads its events any more.
 */
export async function testOnce<State>(
  caller: OperatorCaller,
  form: FormData,
  { start, refused }: TestOnce<State>,
): Promise<Submitted<State>> {
  const claim = await claimForm(caller, 'mail-server.test', form, SAME_FORM_WAIT_MS)
  const no = (key: MessageKey<'validation'>): Submitted<State> => ({ kind: 'state', state: refused(key), status: 409 })
  switch (claim.kind) {
    case 'malformed':
      return no('refused.tokenMissing')
    case 'other-content':
      return no('refused.tokenReused')
    case 'running':
      return no('refused.stillRunning')
    case 'repeated': {
      const events = await eventsAgain(claim.answer)
      return events ? { kind: 'events', events } : no('refused.stillRunning')
    }
    case 'first':
  }
  const started = await start().catch(async (thrown: unknown) => {
    await claim.abandon()
    throw thrown
  })
  if (started.ok) return { kind: 'events', events: remembered(started.value, claim) }
  await claim.abandon()
  if (started.error.kind === 'gone') return no('sender.gone')
  if (started.error.kind === 'sender-not-saved') return no('refused.testSender')
  const { retryAfterMs } = started.error
  const { key, params } = limitReached(started.error)
  return { kind: 'state', state: refused(key, params), status: 429, retryAfterMs }
}

/** The end of a test, for a page without scripts. */
export async function finishedOf(events: AsyncIterable<TestEvent>): Promise<Extract<TestEvent, { kind: 'finished' }>> {
  for await (const event of events) if (event.kind === 'finished') return event
  throw new Error('A test ends with its report')
}

/** Events as they come, and the token's answer at the end, for the same form sent again. */
async function* remembered(
  events: AsyncIterable<TestEvent>,
  claim: { finish(answer: unknown): Promise<void>; abandon(): Promise<void> },
): AsyncGenerator<TestEvent> {
  try {
    for await (const event of events) {
      if (event.kind === 'finished') await claim.finish({ testId: event.testId })
      yield event
    }
  } catch (thrown) {
    await claim.abandon()
    throw thrown
  }
}

/** The stored report, told once more. */
async function eventsAgain(answer: unknown): Promise<AsyncIterable<TestEvent> | null> {
  const testId = typeof answer === 'object' && answer !== null && 'testId' in answer ? answer.testId : null
  const stored = typeof testId === 'string' ? await (await services().mailServers.default()).report(testId) : null
  if (!stored?.ended || typeof testId !== 'string') return null
  const { report, transcript } = stored.ended
  async function* told(id: string): AsyncGenerator<TestEvent> {
    for (const stage of report.stages) yield { kind: 'ended', stage }
    yield { kind: 'finished', report, testId: id, transcript }
  }
  return told(testId)
}
