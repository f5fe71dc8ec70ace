import { fill } from '@/app/(console)/_form/labels'
import { Icon, type IconName } from '@/components/icon'
import type { Stage } from '@/lib/kernel/stage'
import type { StageState } from '@/lib/mail-server/connection-test/report'
import type { PageLabels } from './labels'

export interface ShownStage {
  stage: Stage
  state: StageState | 'running' | 'waiting'
  ms: number | null
}

const LOOK: Record<ShownStage['state'], { icon: IconName; tone: string; ring: string }> = {
  passed: { icon: 'check', tone: '', ring: 'bg-good-wash text-good' },
  warned: { icon: 'warning', tone: '', ring: 'bg-warn-wash text-warn' },
  failed: { icon: 'cross', tone: 'font-[600]', ring: 'bg-bad-wash text-bad' },
  skipped: { icon: 'dash', tone: 'text-faint', ring: 'text-faint' },
  running: { icon: 'arc', tone: 'font-[550]', ring: 'text-accent' },
  waiting: { icon: 'circle', tone: 'text-faint', ring: 'text-control' },
}

/** The stages of a test: how each ended and how long it took. */
export function StageList({ stages, w }: { stages: readonly ShownStage[]; w: PageLabels['test'] }) {
  return (
    <ol aria-label={w.progress} className="relative">
      {stages.map(({ stage, state, ms }) => {
        const { icon, tone, ring } = LOOK[state]
        return (
          <li key={stage} className={`flex min-h-8 items-center gap-2.5 text-sm ${tone}`}>
            <span className={`flex size-5.5 shrink-0 items-center justify-center rounded-full ${ring}`}>
              <Icon name={icon} className={state === 'running' ? 'turning size-5' : 'size-4'} />
            </span>
            <span className="min-w-0 flex-1">
              {w.stage[stage]}
              <span className="sr-only">: {w.stageState[state]}</span>
            </span>
            {ms !== null && state !== 'skipped' && (
              <span className="shrink-0 text-xs font-[400] text-faint tabular-nums">{fill(w.ms, { ms })}</span>
            )}
          </li>
        )
      })}
    </ol>
  )
}
