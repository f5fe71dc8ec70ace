'use client'

import { useRouter } from 'next/navigation'
import { useRef, useState } from 'react'
import { failureIn, noConnection, useFormToken, useServerAction } from '@/components/action-form'
import { isInUse } from '@/components/refresh'
import type { Unanswered } from '@/components/unanswered-note'
import { FAILURE_HEADER } from '@/lib/access/failure-mark'
import type { Answer as ActionAnswer } from '@/lib/access/signed-out'
import { STAGES, type Stage } from '@/lib/kernel/stage'
import type { TestEvent } from '@/lib/mail-server/connection-test/report'
import type { FieldTexts, Tidied } from '../mail-server/_form/form-data'
import type { Finished } from './report-view'
import type { ShownStage } from './stage-list'

export type LiveTest =
  | { kind: 'idle' }
  | { kind: 'running'; stages: ShownStage[] }
  /** `late` if the reader had stopped waiting for it; `message` says why another one was not started after it. */
  | ({ kind: 'finished'; late: boolean; message?: string } & Finished)
  | { kind: 'refused'; message: string }
  /** Nothing was sent; the fields of the form say why. */
  | { kind: 'invalid'; errors: FieldTexts; tidied?: Tidied }
  | { kind: 'unanswered'; why: Unanswered }
  /** The connection was lost while the test ran. */
  | { kind: 'lost' }
  /** The reader stopped waiting. The result is shown when it arrives. */
  | { kind: 'cancelled' }

/** The stages of these settings: no token for plain SMTP, no TLS without encryption, no login if none is needed. */
function expectedStages(form: FormData): ShownStage[] {
  const isSmtp = form.get('type') === 'smtp'
  const absent = new Set<Stage>([
    ...(isSmtp ? (['token', 'claims'] as const) : []),
    ...(isSmtp && form.get('security') === 'none' ? (['tls'] as const) : []),
    ...(isSmtp && form.get('login') === 'none' ? (['auth'] as const) : []),
  ])
  return STAGES.filter((stage) => !absent.has(stage)).map((stage) => ({ stage, state: 'waiting', ms: null }))
}

/** The rows after a stage has begun or ended. */
export function withEvent(stages: readonly ShownStage[], event: TestEvent): ShownStage[] {
  if (event.kind === 'finished') return event.report.stages.map((stage) => ({ ...stage }))
  const next: ShownStage =
    event.kind === 'began' ? { stage: event.stage, state: 'running', ms: null } : { ...event.stage }
  return stages.some(({ stage }) => stage === next.stage)
    ? stages.map((each) => (each.stage === next.stage ? next : each))
    : [...stages, next]
}

/** Lines as they arrive, one JSON document each. An incomplete last line is dropped. */
async function* linesOf(body: ReadableStream<Uint8Array>): AsyncGenerator<string> {
  const reader = body.pipeThrough(new TextDecoderStream() as ReadableWritablePair<string, Uint8Array>).getReader()
  let rest = ''
  for (;;) {
    const { done, value } = await reader.read()
    if (done) return
    const lines = (rest + value).split('\n')
    rest = lines.pop() ?? ''
    yield* lines.filter((line) => line !== '')
  }
}

/** Why nothing was sent. */
type Answer = Extract<LiveTest, { kind: 'invalid' | 'refused' }>

/** A line of a running test. `broken`: it could not run to its end, or its result could not be stored. */
export type TestLine = TestEvent | { kind: 'broken'; failure: string }

/** Content type of a running test. Any other answer is a single JSON document. */
const STAGES_TYPE = 'application/x-ndjson'
const SIGNED_OUT_STATUS = 401

/** One test, while the page follows it. */
interface Run {
  abort: AbortController
  isWaitedFor: boolean
}

/**
 * The test of a form's values. A script follows it at `path` while it runs. Without scripts the action answers with the page, and the answer
 * finds its form by the address of the page.
 */
export function useFormTest<State>(
  path: '/mail-server/test' | '/senders/test',
  action: (before: Awaited<State>, form: FormData) => Promise<ActionAnswer<State>>,
  untouched: Awaited<State>,
  page: string,
) {
  const router = useRouter()
  const sendButton = useRef<HTMLButtonElement>(null)
  const { state, action: send, cameWithPage } = useServerAction(action, untouched, page)
  const token = useFormToken()
  const [live, setLive] = useState<LiveTest>({ kind: 'idle' })
  const latest = useRef<Run | null>(null)

  async function follow(form: FormData, run: Run): Promise<LiveTest> {
    const answer = await fetch(path, { method: 'POST', body: form, signal: run.abort.signal }).catch(() => null)
    if (!answer) return { kind: 'unanswered', why: noConnection() }
    if (!answer.body || !answer.headers.get('content-type')?.startsWith(STAGES_TYPE)) return refusalIn(answer)
    let stages: ShownStage[] = expectedStages(form)
    for await (const line of linesOf(answer.body)) {
      const event: TestLine = JSON.parse(line)
      if (event.kind === 'broken') return { kind: 'unanswered', why: failureIn(event.failure) }
      if (event.kind === 'finished') {
        const { report, transcript } = event
        const to = String(form.get('testTo') ?? '').trim()
        return { kind: 'finished', report, transcript, to, late: !run.isWaitedFor }
      }
      stages = withEvent(stages, event)
      if (run.isWaitedFor) setLive({ kind: 'running', stages })
    }
    return { kind: 'lost' }
  }

  async function start(form: FormData): Promise<void> {
    token.put(form)
    token.answered() // each press starts another test, so an old result must not be taken for a new one
    if (latest.current?.isWaitedFor) return
    latest.current?.abort.abort()
    const run: Run = { abort: new AbortController(), isWaitedFor: true }
    latest.current = run
    sendButton.current?.focus() // the button of a failed test disappears, and the steps are next to this one
    setLive({ kind: 'running', stages: expectedStages(form) })
    const end = await follow(form, run).catch((): LiveTest => ({ kind: 'lost' }))
    if (latest.current !== run) return // another test was started since
    latest.current = null
    setLive(ended(live, end))
    // Only after a test that ran to its end, and while nothing is typed, which would be lost if the page that is loaded again failed.
    if (end.kind === 'finished' && !isInUse()) router.refresh()
  }

  function cancel(): void {
    if (latest.current) latest.current.isWaitedFor = false
    setLive({ kind: 'cancelled' })
  }

  return { state, send, cameWithPage, live, start, cancel, clear: () => setLive({ kind: 'idle' }), sendButton }
}

/** What is shown at the end of a test: if it was not started, still the result of the one before. */
export const ended = (before: LiveTest, end: LiveTest): LiveTest =>
  end.kind === 'refused' && before.kind === 'finished' ? { ...before, late: true, message: end.message } : end

async function refusalIn(answer: Response): Promise<LiveTest> {
  if (answer.status === SIGNED_OUT_STATUS) return { kind: 'unanswered', why: { kind: 'signed-out' } }
  const failure = answer.headers.get(FAILURE_HEADER)
  if (failure) return { kind: 'unanswered', why: failureIn(failure) }
  const refusal: { error?: unknown; state?: Answer } | null = await answer.json().catch(() => null)
  if (refusal?.state?.kind === 'invalid') return refusal.state
  return typeof refusal?.error === 'string'
    ? { kind: 'refused', message: refusal.error }
    : { kind: 'unanswered', why: { kind: 'silent' } }
}
