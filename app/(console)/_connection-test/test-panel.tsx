import { type RefObject, useEffect, useRef } from 'react'
import { fill } from '@/app/(console)/_form/labels'
import { Button } from '@/components/button'
import { TextInput } from '@/components/inputs'
import { Note } from '@/components/note'
import { UnansweredNote } from '@/components/unanswered-note'
import type { PageLabels, TestLabels } from './labels'
import { type LiveTest, type Planned, waiting } from './live-test'
import { type Finished, ReportView } from './report-view'
import { StageList } from './stage-list'

/** The recipient of the test, and the test while it runs and after it has ended. */
export function TestPanel(props: {
  live: LiveTest
  /** The report that came with the page, if no script followed the test. */
  finished: Finished | null
  testTo: string
  error: string | undefined
  planned: Planned
  sendButton: RefObject<HTMLButtonElement | null>
  send: (form: FormData) => void
  cancel: () => void
  w: TestLabels
}) {
  const { live, w } = props
  const result = useRef<HTMLDivElement>(null)
  const running = live.kind === 'running'
  const finished = live.kind === 'finished' ? live : live.kind === 'idle' ? props.finished : null

  // A result that the reader no longer waits for must not take the focus out of a field.
  const isLate = live.kind === 'finished' && live.late
  useEffect(() => {
    if (finished && !isLate) result.current?.focus()
  }, [finished, isLate])

  return (
    <section aria-labelledby="test-title" className="border-t border-line pt-5 pb-8">
      <h2 id="test-title" className="text-lg font-[600] tracking-[-0.011em]">
        {w.test.title}
      </h2>
      <p className="mt-1 mb-4 text-sm text-soft">{w.test.text}</p>
      <TextInput
        name="testTo"
        label={w.test.to}
        hint={`${w.test.toHint} ${w.test.limit}`}
        error={props.error}
        type="email"
        inputMode="email"
        autoComplete="email"
        defaultValue={props.testTo}
        onKeyDown={(event) => {
          if (event.key !== 'Enter') return
          event.preventDefault()
          props.sendButton.current?.click()
        }}
      />
      <div className="mt-3 flex flex-wrap gap-2">
        <Button ref={props.sendButton} id="send-test" formAction={props.send} pending={running} kind="secondary">
          {running ? w.test.running : w.test.send}
        </Button>
        {running && (
          <Button
            type="button"
            kind="quiet"
            onClick={() => {
              props.cancel()
              props.sendButton.current?.focus() // this button disappears
            }}
          >
            {w.test.cancel}
          </Button>
        )}
      </div>

      {live.kind === 'refused' && (
        <Note kind="warning" live="alert" className="mt-4">
          {live.message}
        </Note>
      )}
      {live.kind === 'unanswered' && <UnansweredNote why={live.why} className="mt-4" />}
      {live.kind === 'lost' && (
        <Note kind="danger" live="alert" className="mt-4">
          {w.test.lost}
        </Note>
      )}
      {live.kind === 'cancelled' && (
        <Note kind="info" live="status" className="mt-4">
          {w.test.cancelled}
        </Note>
      )}

      <p aria-live="polite" className="sr-only">
        {running && latestResult(live.stages, w.test)}
      </p>
      {!finished && (
        <div className="mt-5">
          <StageList stages={running ? live.stages : waiting(props.planned)} w={w.test} />
        </div>
      )}
      {finished && (
        <div
          ref={result}
          tabIndex={-1}
          role={finished.report.diagnosis ? 'alert' : 'status'}
          className="mt-5 rounded-lg focus:outline-none"
        >
          <ReportView {...finished} w={w} />
        </div>
      )}
    </section>
  )
}

/** What a screen reader says: the stage that has just ended, or the one that runs. */
function latestResult(stages: Extract<LiveTest, { kind: 'running' }>['stages'], w: PageLabels['test']): string {
  const latest = stages.findLast(({ state }) => state !== 'waiting' && state !== 'skipped')
  return latest ? `${w.stage[latest.stage]}: ${fill(w.stageState[latest.state], {})}` : w.running
}
