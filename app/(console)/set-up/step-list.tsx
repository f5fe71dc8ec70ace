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
import type { StepState } from '@/lib/setup-guide/evidence'
import type { Told } from '@/lib/setup-guide/read-test-result'
import type { Step } from '@/lib/setup-guide/steps'

const TONE = { verified: 'good', open: 'neutral', rejected: 'bad', settling: 'warn' } as const
const SIGN: Record<StepState['kind'], { icon: IconName; colour: string }> = {
  verified: { icon: 'check', colour: 'text-good' },
  open: { icon: 'circle', colour: 'text-faint' },
  rejected: { icon: 'cross', colour: 'text-bad' },
  settling: { icon: 'clock', colour: 'text-warn' },
}

export interface ToldStep {
  step: Step & { state: StepState }
  told: Told
}

interface ConsolePage {
  href: string
  label: string
}

interface Reading {
  locale: Locale
  t: Translator<'set-up'>
  diagnosis: Translator<'diagnosis'>
  copy: CopyLabels
  /** Where the pages of this console are for the mail server of the guide, and what they are called. */
  pages: Record<NonNullable<Step['page']>, ConsolePage>
}

/** The steps of one part at a glance: what is ticked, and the way to each. */
export function StepTicks({ steps, t }: { steps: readonly ToldStep[]; t: Translator<'set-up'> }) {
  return (
    <ol className="grid gap-1 text-sm">
      {steps.map(({ step: { id, state }, told }) => (
        <li key={id} className="flex items-start gap-1.5">
          <Icon name={SIGN[state.kind].icon} className={`mt-0.5 size-4 ${SIGN[state.kind].colour}`} />
          <span>
            <a href={`#${id}`} className="text-ink hover:underline">
              {told.title}
            </a>
            <span className="sr-only">: {t(`state.${state.kind}`)}</span>
          </span>
        </li>
      ))}
    </ol>
  )
}

/** The steps of one part, each with what a test says about it. */
export function StepList({ steps, label, ...reading }: { steps: readonly ToldStep[]; label: string } & Reading) {
  return (
    <ol aria-label={label} className="grid gap-4">
      {steps.map(({ step, told }) => (
        <li key={step.id} id={step.id} className="scroll-mt-4 rounded-lg border border-line bg-surface px-4 py-3.5">
          <div className="flex flex-wrap items-center justify-between gap-x-4 gap-y-1">
            <h3 className="font-[600]">{told.title}</h3>
            <StatusBadge tone={TONE[step.state.kind]}>{reading.t(`state.${step.state.kind}`)}</StatusBadge>
          </div>
          <Evidence state={step.state} {...reading} />
          <StepBody told={told} page={step.page && reading.pages[step.page]} {...reading} />
        </li>
      ))}
    </ol>
  )
}

/** Why, where, what to do there, and what to copy back. */
export function StepBody({
  told,
  page,
  t,
  copy,
}: { told: Told; page?: ConsolePage | undefined } & Pick<Reading, 't' | 'copy'>) {
  return (
    <>
      <p className="mt-1.5 text-sm text-soft">
        <span className="font-[550]">{t('step.why')}:</span> {told.why}
      </p>
      {told.portal && (
        <p className="mt-2">
          <a
            href={told.portal.url}
            target="_blank"
            rel="noreferrer"
            title={t('step.openPortal')}
            className="text-accent underline"
          >
            <Leading label={told.portal.label} />
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
        {told.doing.map((each) => (
          <li key={each} className="[overflow-wrap:anywhere]">
            {each}
          </li>
        ))}
      </ul>
      {told.commands.length > 0 && (
        <div className="mt-3">
          <CodeBlock text={told.commands.join('\n')} labels={copy} />
        </div>
      )}
      {told.back && (
        <p className="mt-2 rounded-md bg-sunken px-3 py-2 text-sm">
          <span className="font-[600]">{t('step.back')}:</span> {told.back}
        </p>
      )}
    </>
  )
}

/** A label with the sign for another place behind it, which never stands on a line of its own. */
function Leading({ label }: { label: string }) {
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

function Evidence({ state, locale, t, diagnosis }: { state: StepState } & Reading) {
  const line = (children: ReactNode) => <p className="text-sm text-faint [overflow-wrap:anywhere]">{children}</p>
  switch (state.kind) {
    case 'open':
      if (state.instead) return line(t(`state.insteadUntested.${state.instead}`))
      return state.note ? line(t('state.roleNotNeeded')) : null
    case 'verified': {
      if ('version' in state.by) return line(t('state.savedAs', { number: state.by.version }))
      const at = absoluteTime(state.by.at, locale)
      const said = state.instead ? t(`state.instead.${state.instead}`, { at }) : t('state.verifiedBy', { at })
      return line(<TestLink id={state.by.testId}>{said}</TestLink>)
    }
    case 'settling':
    case 'rejected': {
      if (state.code === 'object-id-differs') return line(t('state.objectIdDiffers', { objectId: state.told ?? '' }))
      if (state.code === 'role-there') return line(t('state.roleThere'))
      const title = diagnosis.raw(`codes.${state.code}.title`)
      const told = typeof title === 'string' && !title.includes('{') ? title : state.code
      return line(
        <TestLink id={state.testId}>
          {t('state.rejectedBy', { at: absoluteTime(state.at, locale), title: told })}
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
