import { Icon, type IconName } from '@/components/icon'
import { formatDuration } from '@/lib/i18n/locale'
import type { Stage } from '@/lib/kernel'
import type { StageState } from '@/lib/mail-server/connection-test/report'
import type { TestLabels } from './labels'

export interface ShownStage {
  stage: Stage
  state: StageState | 'running' | 'waiting'
  ms: number | null
}

const LOOK: Record<ShownStage['state'], { icon: IconName; tone: string; ring: string; line: string }> = {
  passed: { icon: 'check', tone: '', ring: 'bg-good-wash text-good', line: 'before:bg-good-fill' },
  warned: { icon: 'warning', tone: '', ring: 'bg-warn-wash text-warn', line: 'before:bg-warn-fill' },
  failed: { icon: 'cross', tone: 'font-[620] text-bad', ring: 'bg-bad-fill text-raised', line: 'before:bg-good-fill' },
  skipped: { icon: 'dash', tone: 'text-faint', ring: 'bg-well text-faint', line: 'before:bg-edge' },
  running: { icon: 'arc', tone: 'font-[550]', ring: 'bg-well text-accent', line: 'before:bg-good-fill' },
  waiting: { icon: 'circle', tone: 'text-faint', ring: 'bg-well text-control', line: 'before:bg-edge' },
}

/** A line that leads from the sign of the step before to this one. */
const LINE =
  "before:absolute before:-top-2 before:left-2.5 before:h-3.5 before:w-0.5 before:opacity-40 before:content-['']"
const WIDE = 'xl:grid-cols-[minmax(0,1fr)] xl:content-start xl:justify-items-center xl:gap-y-0.5 xl:px-1 xl:text-center'
const WIDE_LINE = 'xl:before:top-3.5 xl:before:-left-1/2 xl:before:h-0.5 xl:before:w-full'

/**
 * The steps of a test: how each ended and how long it took. If it is `wide`, they are all in one row on a wide screen, for a report of the
 * full width; else one below the other, by the system that answered.
 */
export function StageList(props: { stages: readonly ShownStage[]; wide?: boolean; w: TestLabels }) {
  const { stages, wide = false, w } = props
  return (
    <ol aria-label={w.progress} className={`text-sm ${wide ? 'xl:grid xl:auto-cols-fr xl:grid-flow-col' : ''}`}>
      {stages.map(({ stage, state, ms }, index) => {
        const { icon, tone, ring, line } = LOOK[state]
        const hop = wide ? null : hopBefore(stages, index, w)
        return (
          <li
            key={stage}
            className={`relative grid grid-cols-[1.375rem_minmax(0,1fr)_auto] items-center gap-x-2.5 py-1 ${index > 0 && hop === null ? `${LINE} ${line}` : ''} ${tone} ${wide ? WIDE : ''} ${wide && index > 0 ? WIDE_LINE : ''}`}
          >
            {hop !== null && <span className="col-span-full pt-1.5 pb-1 text-xs font-[550] text-faint">{hop}</span>}
            <span className={`relative flex size-5.5 items-center justify-center rounded-full ${ring}`}>
              <Icon name={icon} className={state === 'running' ? 'turning size-4.5' : 'size-3.5'} />
            </span>
            <span className="min-w-0">
              {w.stage[stage]}
              <span className="sr-only">: {w.stageState[state]}</span>
            </span>
            <span className="text-xs font-[400] text-faint tabular-nums">
              {state === 'failed' ? (
                <span aria-hidden="true">{w.stageState.failed}</span>
              ) : (
                ms !== null && state !== 'skipped' && formatDuration(ms, w.locale)
              )}
            </span>
          </li>
        )
      })}
    </ol>
  )
}

const HOPS: Partial<Record<Stage, (exchange: boolean, w: TestLabels) => string>> = {
  token: (_, w) => w.hopEntra,
  connect: (exchange, w) => (exchange ? w.hopExchange : w.hopServer),
  sender: (_, w) => w.hopMessage,
}

/** Names the system that this step and the next ones are about; null if it is still the one of the step before. */
function hopBefore(stages: readonly ShownStage[], index: number, w: TestLabels): string | null {
  const stage = stages[index]?.stage
  const isExchange = stages.some((each) => each.stage === 'token')
  return (stage && HOPS[stage]?.(isExchange, w)) ?? null
}
