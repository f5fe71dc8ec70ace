import type { Route } from 'next'
import Link from 'next/link'
import type { ReactNode } from 'react'
import { testReportPath } from '@/app/paths'
import { CodeBlock, type CopyLabels } from '@/components/code-block'
import { Icon, type IconName } from '@/components/icon'
import { StatusBadge } from '@/components/state-badge'
import { absoluteTime } from '@/components/timestamp'
import type { Locale } from '@/lib/i18n/locale'
import type { Translator } from '@/lib/i18n/translations'
import type { SetupGuideView } from '@/lib/setup-guide'
import type { Part } from '@/lib/setup-guide/choices'
import type { StepState } from '@/lib/setup-guide/evidence'
import { explainStep, type StepText } from '@/lib/setup-guide/step-text'
import type { Step } from '@/lib/setup-guide/steps'

const TONE = { verified: 'good', open: 'neutral', rejected: 'bad', propagating: 'warn' } as const
const SIGN: Record<StepState['kind'], { icon: IconName; colour: string }> = {
  verified: { icon: 'check', colour: 'text-good' },
  open: { icon: 'circle', colour: 'text-faint' },
  rejected: { icon: 'cross', colour: 'text-bad' },
  propagating: { icon: 'clock', colour: 'text-warn' },
}

type StepWithState = SetupGuideView['steps'][number]

export interface ShownStep {
  step: StepWithState
  text: StepText
}

/** The steps of one part with their texts in the reader's language. */
export const shownSteps = (
  part: Part,
  { steps, guide, locale }: Pick<SetupGuideView, 'steps' | 'guide'> & { locale: Locale },
): ShownStep[] =>
  steps.filter((step) => step.part === part).map((step) => ({ step, text: explainStep(step, guide, locale) }))

interface ConsolePage {
  href: string
  label: string
}

interface StepProps {
  locale: Locale
  t: Translator<'set-up'>
  diagnosis: Translator<'diagnosis'>
  copy: CopyLabels
  /** The pages of this console for the mail server of the guide. */
  pages: Record<NonNullable<Step['page']>, ConsolePage>
}

/** A short list of the steps of one part, each with its state and a link. */
export function StepTicks({ steps, t }: { steps: readonly ShownStep[]; t: Translator<'set-up'> }) {
  return (
    <ol className="grid gap-1 text-sm">
      {steps.map(({ step: { id, state }, text }) => (
        <li key={id} className="flex items-start gap-1.5">
          <Icon name={SIGN[state.kind].icon} className={`mt-0.5 size-4 ${SIGN[state.kind].colour}`} />
          <span>
            <a href={`#${id}`} className="text-ink hover:underline">
              {text.title}
            </a>
            <span className="sr-only">: {t(`state.${state.kind}`)}</span>
          </span>
        </li>
      ))}
    </ol>
  )
}

/** The steps of one part in full, each with what a test says about it. */
export function StepList({ steps, label, ...props }: { steps: readonly ShownStep[]; label: string } & StepProps) {
  return (
    <ol aria-label={label} className="grid gap-4">
      {steps.map(({ step, text }) => (
        <li key={step.id} id={step.id} className="scroll-mt-4 rounded-lg border border-line bg-surface px-4 py-3.5">
          <div className="flex flex-wrap items-center justify-between gap-x-4 gap-y-1">
            <h3 className="font-[600]">{text.title}</h3>
            <StatusBadge tone={TONE[step.state.kind]}>{props.t(`state.${step.state.kind}`)}</StatusBadge>
          </div>
          <Evidence state={step.state} {...props} />
          <StepBody text={text} page={step.page && props.pages[step.page]} {...props} />
        </li>
      ))}
    </ol>
  )
}

/** Why a step is needed, where it is done, what to do, and what to copy back. */
export function StepBody({
  text,
  page,
  t,
  copy,
}: { text: StepText; page?: ConsolePage | undefined } & Pick<StepProps, 't' | 'copy'>) {
  return (
    <>
      <p className="mt-1.5 text-sm text-soft">
        <span className="font-[550]">{t('step.why')}:</span> {text.why}
      </p>
      {text.portal && (
        <p className="mt-2">
          <a
            href={text.portal.url}
            target="_blank"
            rel="noreferrer"
            title={t('step.openPortal')}
            className="text-accent underline"
          >
            <PortalLabel label={text.portal.label} />
          </a>
        </p>
      )}
      {page && (
        <p className="mt-2">
          {t('step.go')}{' '}
          <Link href={page.href as Route} prefetch={false} className="text-accent underline">
            {page.label}
          </Link>
        </p>
      )}
      <ul className="mt-2 grid list-disc gap-1 pl-5">
        {text.doing.map((each) => (
          <li key={each} className="[overflow-wrap:anywhere]">
            {each}
          </li>
        ))}
      </ul>
      {text.commands.length > 0 && (
        <div className="mt-3">
          <CodeBlock text={text.commands.join('\n')} labels={copy} />
        </div>
      )}
      {text.back && (
        <p className="mt-2 rounded-md bg-sunken px-3 py-2 text-sm">
          <span className="font-[600]">{t('step.back')}:</span> {text.back}
        </p>
      )}
    </>
  )
}

/** A label and the icon for an external page, which never wraps to a line without text. */
function PortalLabel({ label }: { label: string }) {
  const last = label.lastIndexOf(' ') + 1
  return (
    <>
      {label.slice(0, last)}
      <span className="whitespace-nowrap">
        {label.slice(last)}
        <Icon name="external" className="ml-1.5 inline size-4 align-[-0.2em]" />
      </span>
    </>
  )
}

function Evidence({ state, locale, t, diagnosis }: { state: StepState } & StepProps) {
  const line = (children: ReactNode) => <p className="text-sm text-faint [overflow-wrap:anywhere]">{children}</p>
  switch (state.kind) {
    case 'open':
      if (state.instead) return line(t(`state.insteadUntested.${state.instead}`))
      return state.note ? line(t('state.roleNotNeeded')) : null
    case 'verified': {
      if ('version' in state.by) return line(t('state.savedAs', { number: state.by.version }))
      const at = absoluteTime(state.by.at, locale)
      const text = state.instead ? t(`state.instead.${state.instead}`, { at }) : t('state.verifiedBy', { at })
      return line(<TestLink id={state.by.testId}>{text}</TestLink>)
    }
    case 'propagating':
    case 'rejected': {
      if (state.code === 'object-id-differs')
        return line(t('state.objectIdDiffers', { objectId: state.objectId ?? '' }))
      if (state.code === 'role-there') return line(t('state.roleThere'))
      const title = diagnosis.raw(`codes.${state.code}.title`)
      const shownTitle = typeof title === 'string' && !title.includes('{') ? title : state.code
      return line(
        <TestLink id={state.testId}>
          {t('state.rejectedBy', { at: absoluteTime(state.at, locale), title: shownTitle })}
        </TestLink>,
      )
    }
  }
}

export const TestLink = ({ id, children }: { id: string; children: ReactNode }) => (
  <Link href={testReportPath(id)} prefetch={false} className="underline hover:text-accent">
    {children}
  </Link>
)
