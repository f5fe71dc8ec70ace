import type { ReactNode } from 'react'
import { CREDENTIALS_PATH, messagePath, SET_UP_DOWNLOAD_PATH, testReportPath } from '@/app/paths'
import { ButtonLink } from '@/components/button'
import { CodeBlock, unbroken } from '@/components/code-block'
import { Icon } from '@/components/icon'
import { Note } from '@/components/note'
import { Fold, Panel } from '@/components/panel'
import { StatusBadge } from '@/components/state-badge'
import { Steps } from '@/components/steps'
import { Foreign, Link, TextLink } from '@/components/text'
import { faultTitle } from '@/lib/diagnosis'
import type { Translator, ViewContext } from '@/lib/i18n/translations'
import type { SetupGuideView } from '@/lib/setup-guide'
import type { StepState } from '@/lib/setup-guide/evidence'
import { GAP_MARK, type ScriptKind, scriptFor } from '@/lib/setup-guide/scripts/script'
import { explainStep, preparationCommands, type StepText, scriptInput } from '@/lib/setup-guide/step-text'
import { CheckForm } from './check-form'
import { type GuideServer, placeOf } from './guide-server'
import { type GuideStep, guideHref, sharersOf, stepAfter, stepHref } from './query'
import { StepTitle } from './step-title'

const TONE = { verified: 'good', open: 'neutral', rejected: 'bad', propagating: 'warn' } as const

/** Where the form of the guide’s values leads, unless one of them is wrong, which takes the focus instead. */
export const STEP_ID = 'step'

export interface GuideContext extends ViewContext<'set-up'> {
  view: SetupGuideView
  server: GuideServer
  mayTest: boolean
  testTo: string
  /** The sheet for another person who does this step. */
  handOver: string
  shell: Translator<'shell'>
}

/** Longer lists name the first ones only. */
const NAMED_MAX = 5

export function firstOf(names: readonly string[], t: Translator<'set-up'>): string {
  if (names.length <= NAMED_MAX) return t.joined(names)
  const named = names.slice(0, NAMED_MAX - 2)
  return t.joined([...named, t('leftMore', { count: names.length - named.length })])
}

type StepViewProps = GuideContext & { step: GuideStep }

/** `children` is what applies now. It is below the heading of the step. */
export function StepView({ children, ...props }: StepViewProps & { children?: ReactNode }) {
  const { view, step, t } = props
  const { guide, steps } = view
  const text = explainStep(step, guide, t.locale)
  const { part } = step
  const sharers = firstOf(sharersOf(guide, props.server.servers, props.server.id), t)
  return (
    <>
      <StepHead {...props} text={text} />
      {children}
      {part !== 'here' && (
        <Note kind="info">
          <p>
            {t.rich('role', {
              role: t(`part.${part}.role`),
              strong: (chunks) => <strong>{chunks}</strong>,
              link: (chunks) => <TextLink href={props.handOver}>{chunks}</TextLink>,
            })}
          </p>
        </Note>
      )}
      {part !== 'here' && sharers && <Note kind="warning">{t('sharedApplication', { servers: sharers })}</Note>}
      <Panel>
        {part !== 'here' && (
          <Fold summary={t('step.before')} className="mb-2">
            <ul className="grid list-disc gap-1 pl-5 text-sm text-soft">
              {t.list(`part.${part}.notes`).map((note) => (
                <li key={note}>{note}</li>
              ))}
            </ul>
          </Fold>
        )}
        {part === 'exchange' && (
          <Fold
            summary={t('part.exchange.prepare')}
            open={steps.find((each) => each.part === 'exchange') === step}
            className="mb-2"
          >
            <CodeBlock text={preparationCommands(guide, t.locale).join('\n')} title={t('step.powershell')} />
          </Fold>
        )}
        <StepBody text={text} t={t} page={pageOf(step, props)} />
      </Panel>
      <Ways {...props} />
      {part !== 'here' && (
        <div>
          {([part, `undo-${part}`] as const).map((kind) => (
            <ScriptFold key={kind} kind={kind} {...props} />
          ))}
        </div>
      )}
    </>
  )
}

function StepHead({ text, ...props }: StepViewProps & { text: StepText }) {
  const { step, view, t } = props
  const { steps } = view
  return (
    <section
      {...(Object.keys(view.guide.validationErrors).length === 0 && { id: STEP_ID, tabIndex: -1 })}
      aria-labelledby="step-title"
      className="grid gap-2 outline-none"
    >
      <p className="text-sm font-[550] text-faint">
        {t('stepOf', {
          number: steps.indexOf(step) + 1,
          all: steps.length,
          part: t(`part.${step.part}.title`),
        })}
      </p>
      <StepTitle id="step-title">
        <Foreign>{text.title}</Foreign>
      </StepTitle>
      <p className="max-w-[68ch] text-lg text-soft">{text.why}</p>
      <p className="flex flex-wrap items-center gap-x-2.5 gap-y-1 text-sm text-soft">
        <StatusBadge tone={TONE[step.state.kind]}>{t(`state.${step.state.kind}`)}</StatusBadge>
        <Evidence {...props} state={step.state} />
      </p>
    </section>
  )
}

/** The page of this console where the step is done. The form of the mail server is filled in, unless it has these values already. */
const pageOf = ({ id, page }: GuideStep, { server, shell, view: { guide, saved } }: StepViewProps) => {
  if (page === '/credentials') return { href: CREDENTIALS_PATH, label: shell('credentials') }
  const isDraft = id === 'fillIn' && (guide.typed || !saved)
  const href = isDraft ? guideHref(guide, server.id, server.path, { draft: 'guide' }) : server.path
  return page && { href, label: server.name ?? shell('mailServer') }
}

export function StepBody(props: {
  text: StepText
  page?: { href: string; label: string } | undefined
  /** On paper nothing is folded. */
  unfolded?: boolean
  t: Translator<'set-up'>
}) {
  const { text, page, unfolded = false, t } = props
  const title = (
    <>
      {t('step.powershell')} <span className="sr-only">{text.title}</span>
    </>
  )
  const code = (commands: readonly string[]) => <CodeBlock text={commands.join('\n')} title={title} />
  const gaps = gapsIn(text.commands.join('\n')).join(', ')
  return (
    <div className="grid gap-3.5">
      {text.commands.length > 0 && (
        <div className="grid gap-2">
          {text.commands.some((line) => !line.startsWith('#')) && (
            <p>{gaps ? t('part.exchange.linesWithGaps', { gaps }) : t('part.exchange.lines')}</p>
          )}
          {code(text.commands)}
          {text.doing.map((each) => (
            <p key={each}>{each}</p>
          ))}
        </div>
      )}
      {text.portal && (
        <p>
          <a
            href={text.portal.url}
            target="_blank"
            rel="noreferrer"
            title={t('step.openPortal')}
            className="font-[550] text-accent"
          >
            <span className="underline">{text.portal.label}</span>
            {'\u00a0'}
            <Icon name="external" className="inline size-4 align-[-0.2em]" />
          </a>
        </p>
      )}
      {page && (
        <p>
          {t('step.go')}{' '}
          <TextLink href={page.href} className="font-[550]">
            {page.label}
          </TextLink>
        </p>
      )}
      {text.commands.length === 0 && text.doing.length > 0 && <Steps steps={text.doing} />}
      {text.back && (
        <p className="rounded-md bg-well px-3.5 py-2.5 text-sm">
          <span className="font-[600]">{t('step.back')}:</span> {text.back}
        </p>
      )}
      <Supplements text={text} unfolded={unfolded} code={code} t={t} />
    </div>
  )
}

function Supplements(props: {
  text: StepText
  unfolded: boolean
  t: Translator<'set-up'>
  code: (commands: readonly string[]) => ReactNode
}) {
  const { text, unfolded, t, code } = props
  if (!text.check && !text.undo) return null
  return (
    <div>
      {(['check', 'undo'] as const).map((name) => {
        const supplement = text[name]
        return (
          supplement && (
            <Fold key={name} summary={t(`step.${name}`)} open={unfolded}>
              {supplement.text && <p className="mb-2 text-sm text-soft">{supplement.text}</p>}
              {supplement.commands.length > 0 && code(supplement.commands)}
            </Fold>
          )
        )
      })}
    </div>
  )
}

function Ways({ view, step, server, mayTest, testTo, t }: StepViewProps) {
  const { guide, steps } = view
  const [previous, next] = [steps[steps.indexOf(step) - 1], stepAfter(step, steps)]
  const link = (label: 'back' | 'next', to: GuideStep, kind: 'quiet' | 'primary') => (
    <ButtonLink
      kind={kind}
      href={stepHref(guide, server.id, to.id)}
      text={t(label, { title: t(`steps.${to.id}.title`) })}
    />
  )
  return (
    <div className="buttons no-print items-start">
      {previous && link('back', previous, 'quiet')}
      <div className="flex flex-wrap items-start gap-x-2 gap-y-4 sm:ml-auto">
        {mayTest && view.saved && (
          <CheckForm
            server={server.id}
            kind={next || step.state.kind === 'verified' ? 'secondary' : 'primary'}
            labels={{
              check: t('check.button'),
              running: t('check.running'),
              open: t('check.openTest'),
              hint: t(view.isAboutSaved ? 'check.hint' : 'check.otherValues', { to: testTo }),
            }}
          />
        )}
        {next && link('next', next, 'primary')}
      </div>
      {!view.saved && <p className="w-full text-sm text-faint">{t('check.notSaved')}</p>}
    </div>
  )
}

function ScriptFold({ kind, view: { guide }, server, t }: StepViewProps & { kind: ScriptKind }) {
  const { consoleUrl } = placeOf(server, guide, t.locale)
  const { fileName: file, language, text } = scriptFor(kind, scriptInput(guide, t.locale, consoleUrl))
  const run = language === 'powershell' ? `powershell -ExecutionPolicy Bypass -File .\\${file}` : `bash ./${file}`
  const undoes = kind.startsWith('undo')
  const gaps = gapsIn(text)
  return (
    <Fold summary={<span>{unbroken(t(undoes ? 'scripts.undo' : 'scripts.title', { file }))}</span>}>
      <div className="grid gap-3">
        {!undoes && (
          <p className="max-w-[68ch] text-sm text-soft">
            {t('scripts.text')} {t('scripts.prints')} {t(`scripts.untried.${language}`)}
          </p>
        )}
        {gaps.length > 0 && <Note kind="info">{t('scripts.hasGaps', { gaps: gaps.join(', ') })}</Note>}
        <p>
          <a
            href={guideHref(guide, server.id, SET_UP_DOWNLOAD_PATH, { file: `postroom-${kind}` })}
            download={file}
            className="button button-secondary"
          >
            <span>{unbroken(t('scripts.download', { file }))}</span>
          </a>
        </p>
        <CodeBlock text={run} title={t('scripts.run')} />
        <CodeBlock text={text} title={file} />
      </div>
    </Fold>
  )
}

const gapsIn = (text: string): string[] => [
  ...new Set(
    [...text.matchAll(new RegExp(`'${GAP_MARK}([^${GAP_MARK}\u203a']+)\u203a'`, 'g'))].map(([, name = '']) => name),
  ),
]

export function Evidence({ state, t }: Pick<StepViewProps, 't'> & { state: StepState }): ReactNode {
  switch (state.kind) {
    case 'open':
      if (state.instead) return t(`state.insteadUntested.${state.instead}`)
      return state.note ? t(`state.note.${state.note}`) : null
    case 'verified': {
      if ('version' in state.by) return t('state.savedAs', { number: state.by.version })
      const { server, at: time, ...by } = state.by
      const at = t.time(time)
      const tested = state.instead ? t(`state.instead.${state.instead}`, { at }) : t('state.verifiedBy', { at })
      const text = 'testId' in by ? tested : t('state.acceptedMessage', { at })
      const href = 'testId' in by ? testReportPath(by.testId) : by.messageId && messagePath(by.messageId)
      return (
        <>
          {href ? <EvidenceLink href={href}>{text}</EvidenceLink> : text}
          {server && ` ${t('state.onOther', { server })}`}
        </>
      )
    }
    case 'propagating':
    case 'rejected': {
      if (state.code === 'object-id-differs') return t('state.objectIdDiffers', { objectId: state.objectId ?? '' })
      if (state.code === 'role-there') return t('state.roleThere')
      const title = faultTitle(state.code, t.locale)
      return <TestLink id={state.testId}>{t('state.rejectedBy', { at: t.time(state.at), title })}</TestLink>
    }
  }
}

export const TestLink = ({ id, children }: { id: string; children: ReactNode }) => (
  <EvidenceLink href={testReportPath(id)}>{children}</EvidenceLink>
)

const EvidenceLink = ({ href, children }: { href: string; children: ReactNode }) => (
  <Link href={href} className="-my-1 py-1 underline hover:text-accent">
    {children}
  </Link>
)
