import 'server-only'
import { z } from 'zod'
import type { OperatorCaller } from '@/app/_server/caller'
import { claimForm } from '@/app/_server/form-token'
import { notStored, TOKEN_MESSAGES } from '@/app/_server/once'
import type { MessageKey } from '@/lib/i18n/translations'
import type { Result } from '@/lib/kernel'
import type { TestEvent } from '@/lib/mail-server'
import { TEST_DEADLINE_MS } from '@/lib/mail-server/connection-test/input'
import { limitReached } from '@/lib/mail-server/connection-test/limit'
import type { TestRefusal } from '@/lib/mail-server/connection-test/start'
import { services } from '@/lib/services'

/** How long a repeated post waits for the report of the first one: the deadline of a test, and a little for storing. */
const SAME_FORM_WAIT_MS = TEST_DEADLINE_MS + 5_000

export type Submitted<State> =
  | { kind: 'events'; events: AsyncIterable<TestEvent> }
  /**
   * Nothing was sent. `status` is for the route, because an action cannot choose its own. Validation errors have status 200, because
   * a browser logs every other status as an error.
   */
  | { kind: 'state'; state: State; status: 200 | 409 | 429; retryAfterMs?: number }

export interface TestOnce<State> {
  /** Fails with `gone` if what was to be tested no longer exists. */
  start(): Promise<Result<AsyncIterable<TestEvent>, TestRefusal | { kind: 'gone' }>>
  /** Nothing was sent. The reason is a key of the `validation` texts. */
  refused(key: MessageKey<'validation'>, params?: Record<string, string | number>): State
}

/** A form starts one test however often it is posted, and the test runs to its end even if its events are not read. */
export async function testOnce<State>(
  caller: OperatorCaller,
  form: FormData,
  { start, refused }: TestOnce<State>,
): Promise<Submitted<State>> {
  const claim = await claimForm(caller, 'mail-server.test', form, SAME_FORM_WAIT_MS)
  const no = (key: MessageKey<'validation'>): Submitted<State> => ({ kind: 'state', state: refused(key), status: 409 })
  if (claim.kind === 'repeated') {
    const events = await eventsAgain(claim.answer)
    return events ? { kind: 'events', events } : no(TOKEN_MESSAGES.running)
  }
  if (claim.kind !== 'first') return no(TOKEN_MESSAGES[claim.kind])
  const started = await start().catch(async (thrown: unknown) => {
    await claim.breakOff()
    throw thrown
  })
  if (started.ok) return { kind: 'events', events: remembered(started.value, claim) }
  await claim.abandon()
  if (started.error.kind === 'gone') return no('refused.senderGone')
  if (started.error.kind === 'sender-not-saved') return no('refused.testSender')
  const { retryAfterMs } = started.error
  const { key, params } = limitReached(started.error)
  return { kind: 'state', state: refused(key, params), status: 429, retryAfterMs }
}

/** The result of a test, for a page without scripts. */
export async function finishedOf(events: AsyncIterable<TestEvent>): Promise<Extract<TestEvent, { kind: 'finished' }>> {
  for await (const event of events) if (event.kind === 'finished') return event
  throw new Error('A test ends with its report')
}

/** Passes the events on, and records the answer for a repeated post of the form. */
async function* remembered(
  events: AsyncIterable<TestEvent>,
  claim: { finish(answer: unknown): Promise<void>; breakOff(): Promise<void> },
): AsyncGenerator<TestEvent> {
  try {
    for await (const event of events) {
      // The reader does not wait for it: until it is stored a repeated post waits.
      if (event.kind === 'finished') claim.finish({ testId: event.testId }).catch(notStored)
      yield event
    }
  } catch (thrown) {
    await claim.breakOff()
    throw thrown
  }
}

async function eventsAgain(answer: unknown): Promise<AsyncIterable<TestEvent> | null> {
  const { data } = z.object({ testId: z.string() }).safeParse(answer)
  if (!data) return null
  const stored = await (await services().mailServers.default()).report(data.testId)
  return stored?.ended ? replay({ kind: 'finished', ...stored.ended, ...data }) : null
}

async function* replay(finished: Extract<TestEvent, { kind: 'finished' }>): AsyncGenerator<TestEvent> {
  for (const stage of finished.report.stages) yield { kind: 'ended', stage }
  yield finished
}
