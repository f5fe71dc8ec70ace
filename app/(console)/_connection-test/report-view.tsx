import type { ReactNode } from 'react'
import { fill } from '@/app/(console)/_form/labels'
import { helpPath } from '@/app/paths'
import { CodeBlock } from '@/components/code-block'
import { DataList } from '@/components/data-list'
import { Icon } from '@/components/icon'
import { Note } from '@/components/note'
import { Steps } from '@/components/steps'
import type { DiagnosisReport, TestEvent, TestReport } from '@/lib/mail-server/connection-test/report'
import type { PageLabels, TestLabels } from './labels'
import { StageList } from './stage-list'

export type Transcript = Extract<TestEvent, { kind: 'finished' }>['transcript']

export interface Finished {
  report: TestReport
  transcript: Transcript
  /** Recipient of the message; empty if it is not known. */
  to: string
}

/** A finished test: first its result, then its stages. Live test, form and history all use it. */
export function ReportView({
  report,
  transcript,
  to,
  w,
  heading = 'h3',
}: Finished & { w: TestLabels; heading?: 'h2' | 'h3' }) {
  return (
    <div className="grid gap-5">
      {report.diagnosis ? (
        <DiagnosisCard diagnosis={report.diagnosis} stages={report.stages} w={w} heading={heading} />
      ) : (
        <AcceptedCard report={report} to={to} w={w.test} heading={heading} />
      )}
      <StageList stages={report.stages} w={w.test} />
      {transcript.length > 0 && <TranscriptView transcript={transcript} w={w.test} />}
    </div>
  )
}

type HeadingTag = 'h2' | 'h3'

function AcceptedCard({
  report,
  to,
  w,
  heading: Heading,
}: {
  report: TestReport
  to: string
  w: PageLabels['test']
  heading: HeadingTag
}) {
  const { accepted, sender } = report
  const mono = (term: string, value: string | null | undefined) => (value ? [{ term, value, mono: true }] : [])
  return (
    <div className="rounded-lg border border-line bg-surface">
      <div className="flex gap-3 rounded-t-lg bg-good-wash px-4 py-3">
        <Icon name="check" className="mt-0.5 size-5 text-good" />
        <div>
          <Heading className="font-[620] text-good">{accepted ? w.accepted : w.ready}</Heading>
          <p className="text-sm text-soft">
            {!accepted ? w.readyText : to === '' ? w.acceptedTextAnyone : fill(w.acceptedText, { to })}
          </p>
        </div>
      </div>
      <DataList
        narrow
        className="px-4 py-1"
        items={[
          ...mono(w.reply, accepted?.reply),
          ...mono(w.serverMessageId, accepted?.serverMessageId),
          ...mono(w.messageId, accepted?.messageId),
          ...mono(w.from, sender.from),
          ...mono(w.envelopeFrom, sender.envelopeFrom === sender.from ? null : sender.envelopeFrom),
          ...mono(w.login, sender.login),
        ]}
      />
    </div>
  )
}

/** The failure and what to do about it. */
function DiagnosisCard({
  diagnosis,
  stages,
  w: { test: w, copy },
  heading: Heading,
}: {
  diagnosis: DiagnosisReport
  stages: TestReport['stages']
  w: TestLabels
  heading: HeadingTag
}) {
  const { title, cause, steps, commands, portal, evidence, code, stage, retry, fallbackUntil } = diagnosis
  return (
    <article className="rounded-lg border border-line bg-surface">
      <div className="flex gap-3 rounded-t-lg bg-bad-wash px-4 py-3">
        <Icon name="warning" className="mt-0.5 size-5 text-bad" />
        <div>
          <Heading className="font-[620] text-bad">{title}</Heading>
          <p className="text-sm text-soft">{failedAt(stage, stages, w)}</p>
        </div>
      </div>
      <div className="grid gap-5 px-4 py-4">
        {fallbackUntil && <Note kind="warning">{fill(w.fallback, { until: utcMinute(fallbackUntil) })}</Note>}
        <p>{cause}</p>
        {steps.length > 0 && (
          <Part title={w.steps}>
            <Steps steps={steps} />
          </Part>
        )}
        {commands.length > 0 && (
          <Part title={w.commands}>
            <div className="grid gap-2">
              {withComments(commands).map((command) => (
                <CodeBlock key={command} text={command} labels={copy} />
              ))}
            </div>
          </Part>
        )}
        {portal && (
          <a href={portal.url} target="_blank" rel="noreferrer" className="button button-secondary w-fit">
            {portal.label}
            <Icon name="external" className="size-4" />
          </a>
        )}
        {evidence && (
          <Part title={w.evidence}>
            <p className="border-l-2 border-line pl-3 font-mono text-[0.8125rem] leading-5 text-soft">{evidence}</p>
          </Part>
        )}
        <p className="text-sm text-faint">
          {w.retry[retry]}{' '}
          <a href={helpPath(code)} className="prose-link">
            {fill(w.help, { code })}
          </a>
        </p>
      </div>
    </article>
  )
}

function failedAt(stage: DiagnosisReport['stage'], stages: TestReport['stages'], w: PageLabels['test']): string {
  const number = String(stages.findIndex((each) => each.stage === stage) + 1)
  return fill(w.failedAt, { number, count: String(stages.length), stage: w.stageNoun[stage] })
}

/** "2026-12-01 14:05 UTC", the same in every language: no formatter is sent to the browser for it. */
const utcMinute = (iso: string): string => `${iso.slice(0, 16).replace('T', ' ')} UTC`

/** Puts a comment line and the command after it into one block, so that they are copied together. */
function withComments(lines: readonly string[]): string[] {
  const blocks: string[] = []
  for (const line of lines) {
    const before = blocks.at(-1)
    if (before?.split('\n').at(-1)?.startsWith('#')) blocks.splice(-1, 1, `${before}\n${line}`)
    else blocks.push(line)
  }
  return blocks
}

function Part({ title, children }: { title: string; children: ReactNode }) {
  return (
    <div>
      <p className="mb-2 text-sm font-[600]">{title}</p>
      {children}
    </div>
  )
}

function TranscriptView({ transcript, w }: { transcript: Transcript; w: PageLabels['test'] }) {
  return (
    <details className="border-t border-line pt-3">
      <summary className="w-fit rounded-sm text-sm font-[550]">{w.transcript}</summary>
      <p className="mt-1 text-sm text-faint">{w.transcriptText}</p>
      <ol className="mt-2 grid gap-0.5 rounded-md border border-line bg-sunken p-3 font-mono text-xs leading-5">
        {transcript.map((line, index) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: lines are never reordered
          <li key={index} className="grid grid-cols-[3.5rem_3.25rem_minmax(0,1fr)] gap-1">
            <span className="text-faint tabular-nums">{fill(w.ms, { ms: Math.round(line.atMs) })}</span>
            <span className={line.from === 'client' ? 'text-accent' : 'text-soft'}>{w[line.from]}</span>
            <span>{line.text}</span>
          </li>
        ))}
      </ol>
    </details>
  )
}
