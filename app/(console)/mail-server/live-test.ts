'use client'

import { useRef, useState } from 'react'
import { STAGES, type Stage } from '@/lib/kernel/stage'
import type { MailServerFields } from '@/lib/mail-server/form-fields'
import type { TestEvent } from '@/lib/mail-server/test-report'
import type { FieldTexts } from './form-state'
import type { Finished } from './report-view'
import type { ShownStage } from './stage-list'

export type LiveTest =
  | { kind: 'idle' }
  | { kind: 'running'; stages: ShownStage[] }
  | ({ kind: 'finished' } & Finished)
  | { kind: 'refused'; message: string }
  /** Nothing was sent: the form's fields say why. */
  | { kind: 'invalid'; errors: FieldTexts; hints: FieldTexts }
  | { kind: 'lost' }
  | { kind: 'cancelled' }

export type Planned = Pick<MailServerFields, 'type' | 'security' | 'login'>

/** The steps these settings call for: no token for plain SMTP, no TLS without encryption, no login where none is asked. */
export function expectedStages({ type, security, login }: Planned): Stage[] {
  const exchange = type === 'exchange-online-oauth2'
  const absent = new Set<Stage>([
    ...(exchange ? [] : (['token', 'claims'] as const)),
    ...(!exchange && security === 'none' ? (['tls'] as const) : []),
    ...(!exchange && login === 'none' ? (['auth'] as const) : []),
  ])
  return STAGES.filter((stage) => !absent.has(stage))
}

/** What stands in the form, as far as it decides the steps. */
export function plannedBy(form: FormData): Planned {
  return {
    type: form.get('type') === 'smtp' ? 'smtp' : 'exchange-online-oauth2',
    security: form.get('security') === 'none' ? 'none' : 'starttls',
    login: form.get('login') === 'none' ? 'none' : 'password',
  }
}

export const waiting = (planned: Planned): ShownStage[] =>
  expectedStages(planned).map((stage) => ({ stage, state: 'waiting', ms: null }))

/** A stage begins or ends: its row changes, the others stay. */
export function withEvent(stages: readonly ShownStage[], event: TestEvent): ShownStage[] {
  if (event.kind === 'finished') return event.report.stages.map((stage) => ({ ...stage }))
  const next: ShownStage =
    event.kind === 'began' ? { stage: event.stage, state: 'running', ms: null } : { ...event.stage }
  return stages.some(({ stage }) => stage === next.stage)
    ? stages.map((each) => (each.stage === next.stage ? next : each))
    : [...stages, next]
}

/** One JSON document a line, as they arrive. A last line without its end is not read. */
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
type Answer = { kind: 'invalid'; errors: FieldTexts; hints: FieldTexts } | { kind: 'refused' }

/** Any other answer is one JSON document. */
const STAGES_TYPE = 'application/x-ndjson'

/** Runs the test of a form's values at this address and follows it while it runs. */
export function useLiveTest(address: '/mail-server/test' | '/senders/test', onEnd: () => void) {
  const [live, setLive] = useState<LiveTest>({ kind: 'idle' })
  const running = useRef<AbortController | null>(null)

  async function run(form: FormData): Promise<LiveTest> {
    const answer = await fetch(address, {
      method: 'POST',
      body: form,
      signal: running.current?.signal ?? null,
    })
    if (!answer.body || !answer.headers.get('content-type')?.startsWith(STAGES_TYPE)) {
      const refusal: { error?: unknown; state?: Answer } | null = await answer.json().catch(() => null)
      if (refusal?.state?.kind === 'invalid')
        return { kind: 'invalid', errors: refusal.state.errors, hints: refusal.state.hints }
      return typeof refusal?.error === 'string' ? { kind: 'refused', message: refusal.error } : { kind: 'lost' }
    }
    let stages: ShownStage[] = waiting(plannedBy(form))
    for await (const line of linesOf(answer.body)) {
      const event: TestEvent = JSON.parse(line)
      if (event.kind === 'finished') {
        const { report, transcript } = event
        return { kind: 'finished', report, transcript, to: String(form.get('testTo') ?? '').trim() }
      }
      stages = withEvent(stages, event)
      setLive({ kind: 'running', stages })
    }
    return { kind: 'lost' }
  }

  async function start(form: FormData): Promise<void> {
    if (running.current) return
    running.current = new AbortController()
    setLive({ kind: 'running', stages: waiting(plannedBy(form)) })
    const end = await run(form).catch((thrown: unknown): LiveTest => {
      return thrown instanceof DOMException && thrown.name === 'AbortError' ? { kind: 'cancelled' } : { kind: 'lost' }
    })
    running.current = null
    setLive(end)
    onEnd()
  }

  return { live, start, cancel: () => running.current?.abort(), clear: () => setLive({ kind: 'idle' }) }
}
