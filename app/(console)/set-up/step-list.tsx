import type { ReactNode } from 'react'
import { Icon, type IconName } from '@/components/icon'
import { Panel } from '@/components/panel'
import { Link } from '@/components/text'
import type { Translator } from '@/lib/i18n/translations'
import { PARTS } from '@/lib/setup-guide/choices'
import type { StepState } from '@/lib/setup-guide/evidence'
import { type GuideStep, stepHref } from './query'
import type { GuideContext } from './step-view'

const SIGN: Record<Exclude<StepState['kind'], 'open'>, { icon: IconName; look: string }> = {
  verified: { icon: 'check', look: 'bg-good-wash text-good' },
  rejected: { icon: 'cross', look: 'bg-bad-wash text-bad' },
  propagating: { icon: 'clock', look: 'bg-warn-wash text-warn' },
}

/**
 * How many steps are confirmed, and all steps in their three parts, each with its state.
 *
 * @param props.step The step that is shown, or null for the values before the first one.
 */
export function StepList(props: GuideContext & { step: GuideStep | null }) {
  const { step, server, t } = props
  const { guide, steps } = props.view
  return (
    <nav aria-label={t('overview')} className="no-print grid gap-3 sm:sticky sm:top-6">
      <Panel>
        <div className="mb-3 max-sm:hidden">
          <StepsProgress steps={steps} t={t} />
        </div>
        <p>
          <StepLink href={stepHref(guide, server.id, 'values')} isCurrent={step === null}>
            <Icon name="sliders" className="mx-0.5 size-4 text-faint" />
            {t('values.title')}
          </StepLink>
        </p>
        {PARTS.map((part) => (
          <div key={part}>
            <p className="mt-3.5 mb-1 text-xs font-[600] text-faint">{t(`part.${part}.title`)}</p>
            <ol className="grid gap-px">
              {steps.map(
                (each, index) =>
                  each.part === part && (
                    <li key={each.id}>
                      <StepLink href={stepHref(guide, server.id, each.id)} isCurrent={each.id === step?.id}>
                        <Mark state={each.state} number={index + 1} />
                        {t(`steps.${each.id}.title`)}
                        <span className="sr-only">: {t(`state.${each.state.kind}`)}</span>
                      </StepLink>
                    </li>
                  ),
              )}
            </ol>
          </div>
        ))}
      </Panel>
      <p className="px-1 text-xs text-faint">{t('progressHint')}</p>
    </nav>
  )
}

const StepLink = (props: { href: string; isCurrent: boolean; children: ReactNode }) => (
  <Link
    href={props.href}
    aria-current={props.isCurrent ? 'step' : undefined}
    className="-mx-2 flex min-h-8 items-center gap-2.5 rounded-md px-2 py-1 text-sm hover:bg-well aria-[current]:bg-accent-wash aria-[current]:font-[600] aria-[current]:text-accent max-sm:min-h-10"
  >
    {props.children}
  </Link>
)

export function StepsProgress({ steps, t }: { steps: readonly GuideStep[]; t: Translator<'set-up'> }) {
  const done = steps.filter(({ state }) => state.kind === 'verified').length
  return (
    <div className="grid gap-2">
      <p className="font-[620]">{t('progress', { done, all: steps.length })}</p>
      <svg aria-hidden="true" width="100%" height="6" className="block overflow-hidden rounded-full">
        <rect width="100%" height="6" className="fill-line" />
        <rect width={`${(done / steps.length) * 100}%`} height="6" className="fill-good-fill" />
      </svg>
    </div>
  )
}

function Mark({ state, number }: { state: StepState; number: number }) {
  const sign = state.kind === 'open' ? null : SIGN[state.kind]
  return (
    <span
      aria-hidden="true"
      className={`flex size-5 shrink-0 items-center justify-center rounded-full text-xs font-[600] tabular-nums ${sign?.look ?? 'border border-edge bg-raised text-soft'}`}
    >
      {sign ? <Icon name={sign.icon} className="size-3.5" /> : number}
    </span>
  )
}
