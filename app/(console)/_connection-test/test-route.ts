import 'server-only'
import { type OperatorCaller, recordDenial, routeForm } from '@/app/_server/caller'
import { failureMark } from '@/app/_server/database-cause'
import { refusalMessage } from '@/app/_server/form-action'
import { isShownToOther } from '@/lib/access/account-field'
import { numberIn } from '@/lib/access/failure-mark'
import type { Permission } from '@/lib/access/permissions'
import type { TestEvent } from '@/lib/mail-server'
import { services } from '@/lib/services'
import type { TestLine } from './live-test'
import type { Submitted } from './run-test'

const NO_STORE = { 'cache-control': 'no-store' }

type RefusedState = { kind: string; message?: string; errors?: Record<string, string> }

const refused = (error: string, status: number) => Response.json({ error }, { status, headers: NO_STORE })

/** A route that answers with the stages as they end, one JSON document a line, or a single document that says why there was no test. */
export const testRoute =
  (permission: Permission, submit: (caller: OperatorCaller, form: FormData) => Promise<Submitted<RefusedState>>) =>
  async (request: Request): Promise<Response> => {
    const read = await routeForm(request, permission)
    if (read instanceof Response) return read
    const { caller, form } = read
    if (isShownToOther(form, caller.actor.id)) {
      await recordDenial(caller.actor, caller.origin, permission)
      return refused(await refusalMessage('other-account'), 403)
    }
    const submitted = await submit(caller, form)
    return submitted.kind === 'state' ? refusal(submitted) : streamed(submitted.events)
  }

function refusal({ state, status, retryAfterMs }: Extract<Submitted<RefusedState>, { kind: 'state' }>): Response {
  const error = state.message ?? Object.values(state.errors ?? {}).join(' ')
  const headers = new Headers(NO_STORE)
  if (retryAfterMs !== undefined) headers.set('retry-after', String(Math.ceil(retryAfterMs / 1000)))
  return Response.json({ error, state }, { status, headers })
}

/** Reads the test to its end even if the browser has disconnected, so that it is stored and its form token is answered. */
function streamed(events: AsyncIterable<TestEvent>): Response {
  const encoder = new TextEncoder()
  let gone = false
  const body = new ReadableStream<Uint8Array>({
    async start(controller) {
      const write = (line: TestLine) => {
        if (!gone) controller.enqueue(encoder.encode(`${JSON.stringify(line)}\n`))
      }
      try {
        for await (const event of events) write(event)
      } catch (thrown) {
        const failure = failureMark(thrown)
        services().log.error('a connection test broke off', { digest: numberIn(failure), error: thrown })
        write({ kind: 'broken', failure })
      }
      if (!gone) controller.close()
    },
    cancel() {
      gone = true
    },
  })
  return new Response(body, {
    headers: { ...NO_STORE, 'content-type': 'application/x-ndjson; charset=utf-8', 'x-accel-buffering': 'no' },
  })
}
