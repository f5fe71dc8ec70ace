import { type ReactNode, useEffect, useRef } from 'react'
import { fill } from '@/app/(console)/_form/labels'
import { Button } from '@/components/button'
import { TextInput } from '@/components/inputs'
import { Note } from '@/components/note'
import { Panel } from '@/components/panel'
import { UnansweredNote } from '@/components/unanswered-note'
import type { TestLabels } from './labels'
import type { LiveTest, useFormTest } from './live-test'
import { AcceptedReport, type Finished, isFailed } from './report-view'
import { StageList } from './stage-list'

/** The recipient of the test, its steps while it runs, and its result if it was accepted. A failure has the full width elsewhere. */
export function TestPanel(props: {
  test: Pick<ReturnType<typeof useFormTest>, 'live' | 'sendButton' | 'send' | 'cancel'>
  /** The test to show: the one that has just ended, or the latest one of these settings. Null for none. */
  finished: Finished | null
  /** Says when the latest test was, if it is not the one that has just ended. */
  lastAt: string | null
  testTo: string
  error: string | undefined
  /** Whether the tested values have yet to be saved, which the reader may. */
  isUnsaved?: boolean
  w: TestLabels
}) {
  const { test, w, finished } = props
  const { live, sendButton } = test
  const running = live.kind === 'running'
  return (
    <Panel title={w.title}>
      <div className="grid gap-3.5">
        <p className="text-sm text-soft">{w.text}</p>
        <TextInput
          name="testTo"
          label={w.to}
          hint={w.toHint}
          error={props.error}
          type="email"
          inputMode="email"
          autoComplete="email"
          defaultValue={props.testTo}
          onKeyDown={(event) => {
            if (event.key !== 'Enter') return
            event.preventDefault()
            sendButton.current?.click()
          }}
        />
        <div className="flex flex-wrap gap-2">
          <Button
            ref={sendButton}
            id="send-test"
            formAction={test.send}
            pending={running}
            kind="secondary"
            text={running ? w.running : w.send}
          />
          {running && (
            <Button
              type="button"
              kind="quiet"
              onClick={() => {
                test.cancel()
                sendButton.current?.focus() // this button disappears
              }}
              text={w.cancel}
            />
          )}
        </div>
        <Refusal live={live} w={w} />
        <p aria-live="polite" className="sr-only">
          {running && latestResult(live.stages, w)}
        </p>
        {running && <StageList stages={live.stages} w={w} />}
        {!running && finished && !isFailed(finished) && (
          <Result of={finished} isNew={props.lastAt === null} isLate={live.kind === 'finished' && live.late} w={w}>
            {props.lastAt !== null && <p className="mb-2 text-xs text-faint">{props.lastAt}</p>}
            <AcceptedReport finished={finished} isUnsaved={props.isUnsaved} w={w} />
          </Result>
        )}
      </div>
    </Panel>
  )
}

/** Why there is no result, or no newer one. */
function Refusal({ live, w }: { live: LiveTest; w: TestLabels }) {
  if (live.kind === 'unanswered') return <UnansweredNote why={live.why} />
  if (live.kind === 'cancelled')
    return (
      <Note kind="info" live="status">
        {w.cancelled}
      </Note>
    )
  const text = live.kind === 'lost' ? w.lost : 'message' in live && live.message
  if (!text) return null
  return (
    <Note kind={live.kind === 'lost' ? 'danger' : 'warning'} live="alert">
      {text}
    </Note>
  )
}

/**
 * A result, which takes the focus when it arrives, so that a screen reader says its title. Of a failure its report takes it, which has the
 * cause as its description.
 *
 * @param props.isNew Whether the test has just ended; an old result is plain content of the page.
 * @param props.isLate The reader no longer waits for it, so it is announced and must not take the focus out of a field.
 */
export function Result(props: { of: Finished; isNew: boolean; isLate: boolean; children: ReactNode; w: TestLabels }) {
  const { of, isNew, isLate, w } = props
  const place = useRef<HTMLDivElement>(null)
  // biome-ignore lint/correctness/useExhaustiveDependencies: once for each result
  useEffect(() => {
    if (isNew && !isLate) (place.current?.querySelector<HTMLElement>('[tabindex]') ?? place.current)?.focus()
  }, [of, isNew, isLate])
  return (
    <div
      ref={place}
      {...(isNew && {
        tabIndex: -1,
        ...(isFailed(of)
          ? { role: isLate ? 'alert' : undefined }
          : { role: isLate ? 'status' : 'group', 'aria-label': w[of.report.accepted ? 'accepted' : 'ready'] }),
      })}
      className="min-w-0 scroll-mt-6 rounded-lg focus:outline-none"
    >
      {props.children}
    </div>
  )
}

/** What a screen reader says: the stage that has just ended, or the one that runs. */
function latestResult(stages: Extract<LiveTest, { kind: 'running' }>['stages'], w: TestLabels): string {
  const latest = stages.findLast(({ state }) => state !== 'waiting' && state !== 'skipped')
  return latest ? `${w.stage[latest.stage]}: ${fill(w.stageState[latest.state], {})}` : w.running
}
