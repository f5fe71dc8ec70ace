'use client'

import type { ReactNode } from 'react'
import type { TestLabels } from '@/app/(console)/_connection-test/labels'
import type { LiveTest } from '@/app/(console)/_connection-test/live-test'
import { FailedReport, type Finished, isFailed } from '@/app/(console)/_connection-test/report-view'
import { Result } from '@/app/(console)/_connection-test/test-panel'
import { Button } from '@/components/button'
import type { FormState } from './form-data'

/** The latest test of the saved settings, as the page shows it until another one is started. */
export interface LatestTest extends Finished {
  /** "Last test: 26 Nov 2026, 14:38 UTC". */
  at: string
  /** Whether its failure is why mail is failing, so that it is what the page says first. */
  isCause: boolean
}

/** The test that has just ended, or the latest one. `isCause`: its failure is what the page says first. */
export function shownTest(
  test: { live: LiveTest; state: FormState },
  { latest, draft }: { latest: LatestTest | null; draft: boolean },
) {
  const { live, state } = test
  const answer = live.kind === 'idle' ? state : live
  const ended = answer.kind === 'finished' || answer.kind === 'tested' ? answer : null
  const isLatest = live.kind === 'idle' || live.kind === 'refused'
  const result = ended ?? (isLatest && !draft ? latest : null)
  const failed = result && isFailed(result) ? result : null
  return { ended, result, failed, isCause: ended !== null || latest?.isCause === true }
}

export function FailedTest(props: {
  live: LiveTest
  failed: Parameters<typeof FailedReport>[0]['failed']
  isCause: boolean
  isNew: boolean
  isNext: boolean
  /** Link to what is left to do at Microsoft; null once it has worked. */
  guide: ReactNode
  /** Sends it again; null without scripts. */
  onPress: (() => void) | null
  w: TestLabels
}) {
  const { live, failed, isCause, isNew, isNext, guide, onPress, w } = props
  const kind = isNext ? 'primary' : 'secondary'
  const again = onPress ? (
    <Button type="button" kind={kind} onClick={onPress} text={w.testAgain} />
  ) : (
    <a href="#send-test" className={`button button-${kind}`}>
      {w.testAgain}
    </a>
  )
  return (
    <Result of={failed} isNew={isNew} isLate={live.kind === 'finished' && live.late} w={w}>
      <FailedReport
        failed={failed}
        isAnswer={isCause}
        w={w}
        action={
          <span className="flex flex-wrap gap-2">
            {again}
            {guide}
          </span>
        }
      />
    </Result>
  )
}
