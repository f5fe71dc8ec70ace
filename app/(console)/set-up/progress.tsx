import type { Locale } from '@/lib/i18n/locale'
import type { Translator } from '@/lib/i18n/translations'
import type { SetupGuideView } from '@/lib/setup-guide'
import { PARTS } from '@/lib/setup-guide/choices'
import { checkedOn } from '@/lib/setup-guide/step-text'
import { StepTicks, shownSteps } from './step-list'

/** How many steps are verified, and each step with a link to it. */
export function Progress({
  steps,
  guide,
  locale,
  t,
}: Pick<SetupGuideView, 'steps' | 'guide'> & { locale: Locale; t: Translator<'set-up'> }) {
  return (
    <>
      <p className="mb-2 font-[550]">
        {t('progress', { done: steps.filter(({ state }) => state.kind === 'verified').length, all: steps.length })}
      </p>
      <p className="mb-4 max-w-[46rem] text-sm text-soft">
        {t('progressHint')} {t('checked', { date: checkedOn(locale) })} {t('mayChange')}
      </p>
      <nav aria-label={t('overview')} className="no-print mb-6 grid gap-x-6 gap-y-4 md:grid-cols-3">
        {PARTS.map((part) => (
          <div key={part}>
            <p className="mb-1.5 text-sm font-[600]">{t(`part.${part}.title`)}</p>
            <StepTicks steps={shownSteps(part, { steps, guide, locale })} t={t} />
          </div>
        ))}
      </nav>
    </>
  )
}
