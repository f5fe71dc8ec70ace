import { type ReactNode, useId } from 'react'
import { fill } from '@/app/(console)/_form/labels'
import { firstSentence } from '@/app/(console)/first-sentence'
import { helpPath } from '@/app/paths'
import { Answer, unbroken } from '@/components/answer'
import { CodeBlock } from '@/components/code-block'
import { DataList, pair } from '@/components/data-list'
import { Icon } from '@/components/icon'
import { Note } from '@/components/note'
import { Fold, Panel } from '@/components/panel'
import { StatusBadge } from '@/components/state-badge'
import { Steps } from '@/components/steps'
import { FactLine, PlainLink } from '@/components/text'
import { formatDuration, formatTime } from '@/lib/i18n/locale'
import type { DiagnosisReport, TestReport, Transcript } from '@/lib/mail-server/connection-test/report'
import { commandText } from './break-command'
import type { TestLabels } from './labels'
import { StageList } from './stage-list'

export interface Finished {
  report: TestReport
  transcript: Transcript
  /** Recipient of the message; empty if it is not known, or if the page says it elsewhere. */
  to: string
}

/** A finished test with a failure: the cause is the answer of the page, and the remedy has its full width. */
export type Failed = Finished & { report: TestReport & { diagnosis: DiagnosisReport } }
export const isFailed = (finished: Finished): finished is Failed => finished.report.diagnosis !== null

/**
 * Why a test failed and what to do about it. A test of an earlier version is in the language of who ran it.
 *
 * @param props.isAnswer Whether the cause is what the page says first, in one sentence. Otherwise it is a heading below the page's own answer.
 */
export function FailedReport(props: { failed: Failed; action?: ReactNode; isAnswer: boolean; w: TestLabels }) {
  const { action, isAnswer, w } = props
  const { report, transcript, to } = props.failed
  const { diagnosis, stages } = report
  const title = useId()
  const cause = useId()
  const [first, more] = isAnswer ? firstSentence(diagnosis.cause) : ['', diagnosis.cause]
  const heading = (
    <span id={title} lang={diagnosis.locale}>
      {diagnosis.title}
    </span>
  )
  return (
    <article
      aria-labelledby={title}
      aria-describedby={cause}
      tabIndex={-1}
      className="grid min-w-0 gap-7 focus:outline-none"
    >
      {isAnswer && (
        <Answer
          tone="bad"
          title={diagnosis.title}
          titleId={title}
          titleLang={diagnosis.locale}
          detail={
            <span id={cause} lang={diagnosis.locale}>
              {unbroken(first)}
            </span>
          }
          action={action}
        />
      )}
      <Panel title={isAnswer ? undefined : heading} aside={!isAnswer && action} className="border-bad/40">
        <div className="grid gap-6">
          {more && (
            <p id={isAnswer ? undefined : cause} lang={diagnosis.locale} className="max-w-[68ch] text-soft">
              {unbroken(more)}
            </p>
          )}
          <StageList wide stages={stages} w={w} />
          <Remedy diagnosis={diagnosis} stages={stages} w={w} />
          <div className="flex flex-wrap items-baseline justify-between gap-x-4 gap-y-1 border-t border-line pt-3 text-sm text-soft">
            <p>
              <FactLine>{failedAt(diagnosis.stage, stages, w) + (to === '' ? '' : ` · ${w.recipient} ${to}`)}</FactLine>
            </p>
            <p>
              <PlainLink href={helpPath(diagnosis.code)}>{w.help}</PlainLink>{' '}
              <code className="ml-1 font-mono text-xs text-faint">{diagnosis.code}</code>
            </p>
          </div>
          {transcript.length > 0 && <TranscriptView transcript={transcript} w={w} />}
        </div>
      </Panel>
    </article>
  )
}

function Remedy({ diagnosis, stages, w }: { diagnosis: DiagnosisReport; stages: TestReport['stages']; w: TestLabels }) {
  const { steps, commands, portal, evidence, retry, locale, fallbackUntil } = diagnosis
  return (
    <div
      className={`grid gap-x-8 gap-y-5 ${commands.length > 0 ? 'lg:grid-cols-[minmax(0,3fr)_minmax(0,4fr)]' : 'max-w-[68ch]'}`}
    >
      <div className="grid content-start gap-4">
        {fallbackUntil && (
          <Note kind="warning">{fill(w.fallback, { until: formatTime(new Date(fallbackUntil), w.locale) })}</Note>
        )}
        {steps.length > 0 && (
          <Part title={w.steps}>
            <div lang={locale}>
              <Steps steps={steps} />
            </div>
          </Part>
        )}
        {portal && (
          <a href={portal.url} target="_blank" rel="noreferrer" className="button button-secondary w-fit">
            <span lang={locale}>{portal.label}</span>
            <Icon name="external" className="size-4" />
          </a>
        )}
        {/* Else the first step says how long it can take. */}
        {retry !== 'settling' && <p className="text-sm text-soft">{w.retry[retry]}</p>}
        {evidence && (
          <Part title={w.answered[sourceOf(evidence, stages)]}>
            <p lang="en" className="border-l-2 border-edge pl-3 font-mono text-xs leading-5 wrap-anywhere text-soft">
              {evidence}
            </p>
          </Part>
        )}
      </div>
      {commands.length > 0 && (
        <div className="min-w-0">
          <CodeBlock title={w.commands} text={commandText(commands)} />
        </div>
      )}
    </div>
  )
}

/** Whose words the evidence is: an error of Entra, a reply by SMTP, or else what Postroom noticed, such as no answer in time. */
function sourceOf(evidence: string, stages: TestReport['stages']): keyof TestLabels['answered'] {
  if (/^(AADSTS|HTTP )/.test(evidence)) return 'entra'
  if (!/^\d{3}[ -]/.test(evidence)) return 'postroom'
  return stages.some(({ stage }) => stage === 'token') ? 'exchange' : 'server'
}

/** A test without a failure, for the narrow column next to a form. */
export function AcceptedReport(props: { finished: Finished; isUnsaved?: boolean | undefined; w: TestLabels }) {
  const { finished, w } = props
  const { report, transcript } = finished
  return (
    <div className="grid gap-3">
      <div className="grid justify-items-start gap-1">
        <StatusBadge tone={report.accepted ? 'good' : 'info'}>{report.accepted ? w.accepted : w.ready}</StatusBadge>
        <p className="text-sm text-soft">{report.accepted ? w.acceptedText : w.readyText}</p>
      </div>
      {props.isUnsaved && <Note kind="info">{w.notSaved}</Note>}
      <StageList stages={report.stages} w={w} />
      <Fold summary={w.details}>
        <MessageFacts narrow finished={finished} w={w} />
      </Fold>
      {transcript.length > 0 && <TranscriptView transcript={transcript} w={w} />}
    </div>
  )
}

export function MessageFacts({ finished, narrow = false, w }: { finished: Finished; narrow?: boolean; w: TestLabels }) {
  const { accepted, sender } = finished.report
  return (
    <DataList
      narrow={narrow}
      items={[
        pair(w.recipient, finished.to, 'mono'),
        pair(w.reply, accepted?.reply, 'mono'),
        pair(w.serverMessageId, accepted?.serverMessageId, 'mono'),
        pair(w.messageId, accepted?.messageId, 'mono'),
        pair(w.from, sender.from, 'mono'),
        pair(w.envelopeFrom, sender.envelopeFrom === sender.from ? null : sender.envelopeFrom, 'mono'),
        pair(w.login, sender.login, 'mono'),
      ]}
    />
  )
}

function failedAt(stage: DiagnosisReport['stage'], stages: TestReport['stages'], w: TestLabels): string {
  const number = String(stages.findIndex((each) => each.stage === stage) + 1)
  return fill(w.failedAt, { number, count: String(stages.length), stage: w.stageNoun[stage] })
}

function Part({ title, children }: { title: string; children: ReactNode }) {
  return (
    <div className="min-w-0">
      <p className="mb-2 text-[0.84375rem] font-[600]">{title}</p>
      {children}
    </div>
  )
}

export function TranscriptView({ transcript, w }: { transcript: Transcript; w: TestLabels }) {
  return (
    <Fold summary={w.transcript}>
      <p className="text-sm text-faint">{w.transcriptText}</p>
      <ol className="mt-2 grid gap-0.5 rounded-md border border-line bg-well p-3 font-mono text-xs leading-5">
        {transcript.map((line, index) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: lines are never reordered
          <li key={index} className="grid grid-cols-[3.5rem_3.25rem_minmax(0,1fr)] gap-1">
            <span className="text-faint tabular-nums">{formatDuration(line.atMs, w.locale)}</span>
            <span className={line.from === 'client' ? 'text-accent' : 'text-soft'}>{w[line.from]}</span>
            <span>{line.text}</span>
          </li>
        ))}
      </ol>
    </Fold>
  )
}
