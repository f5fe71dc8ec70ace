import { Note } from '@/components/note'
import { Refresh } from '@/components/refresh'
import { absoluteTime, relativeTime } from '@/components/timestamp'
import { propagatesUntil } from '@/lib/credentials/propagation'
import type { SlotsView } from '@/lib/credentials/views'
import type { ViewContext } from '../_list/credential-cells'
import { currentStep, STEPS, type Stage } from './next-step'

/** About as often as the worker may have made another attempt. */
const REFRESH_SECONDS = 10

interface StageProps extends ViewContext {
  stage: Stage
  slots: SlotsView
  mayWrite: boolean
}

/** The steps of a replacement, the current one, and what to do next. */
export function StageNote(props: StageProps) {
  const { stage, slots, mayWrite, t } = props
  return (
    <>
      <StepTrail stage={stage} t={t} />
      <Note kind={stage === 'refused' || stage === 'unknown' ? 'warning' : 'info'} className="mb-5">
        <p>{stageText(props)}</p>
        {stage === 'asking' && slots.next && mayWrite && <p>{t('rotation.now.askingStop')}</p>}
        {(stage === 'settling' || stage === 'asking') && <Refresh everySeconds={REFRESH_SECONDS} />}
        {!mayWrite && <p>{t('rotation.readers')}</p>}
      </Note>
    </>
  )
}

function stageText({ stage, slots: { next, rotation }, now, locale, t }: StageProps): string {
  const at = rotation?.nextTryAt
  const soon = relativeTime(new Date(Math.max(at?.getTime() ?? 0, now.getTime())), now, locale)
  if (stage === 'asking') return t('rotation.now.asking', { next: soon })
  if (stage !== 'settling' || !next || !at) return t(`rotation.now.${stage}`)
  return t('rotation.now.settling', { next: soon, until: absoluteTime(propagatesUntil(next), locale) })
}

function StepTrail({ stage, t }: { stage: Stage; t: ViewContext['t'] }) {
  const at = currentStep(stage)
  return (
    <ol aria-label={t('rotation.steps')} className="mb-4 flex flex-wrap gap-x-5 gap-y-1 text-sm">
      {STEPS.map((step, index) => (
        <li
          key={step}
          aria-current={index === at ? 'step' : undefined}
          className={index === at ? 'font-[600] text-accent' : 'text-faint'}
        >
          {index + 1}. {t(`rotation.step.${step}`)}
          {index < at && <span className="text-good"> ({t('rotation.step.done')})</span>}
        </li>
      ))}
    </ol>
  )
}
