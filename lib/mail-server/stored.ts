import { z } from 'zod'
import type { DiagnosisCode, Retry } from '../kernel/diagnosis-code'
import { STAGES } from '../kernel/stage'
import type { StageReport, TestReport } from './connection-test/report'
import type { TestRunRecord } from './ports'

/*
 * What a JSON column holds may have been edited by hand, damaged, or written by another version (F-54): it is read strictly,
 * and null means that it cannot be. Nothing is guessed: mail that leaves by half-read settings would be worse than none.
 */

const stage = z.enum(STAGES)
const stages = z.array(
  z.looseObject({
    stage,
    state: z.enum(['passed', 'warned', 'failed', 'skipped']),
    ms: z.number(),
    facts: z.record(z.string(), z.union([z.string(), z.array(z.string())])).optional(),
  }),
)

export const storedStages = (json: unknown): StageReport[] | null =>
  (stages.safeParse(json).data as StageReport[] | undefined) ?? null

const report = z.looseObject({
  outcome: z.enum(['accepted', 'ready', 'failed']),
  stages,
  diagnosis: z
    .looseObject({
      // A code that a later version no longer has is still shown with the words of its time.
      code: z.string() as unknown as z.ZodType<DiagnosisCode>,
      stage,
      retry: z.enum(['no', 'yes', 'later', 'settling'] satisfies Retry[]),
      title: z.string(),
      cause: z.string(),
      steps: z.array(z.string()),
      commands: z.array(z.string()),
      portal: z.looseObject({ label: z.string(), url: z.string() }).nullable(),
      evidence: z.string(),
      fallbackUntil: z.string().optional(),
    })
    .nullable(),
  accepted: z
    .looseObject({ reply: z.string(), serverMessageId: z.string().nullable(), messageId: z.string() })
    .nullable(),
  sender: z.looseObject({ envelopeFrom: z.string(), from: z.string(), login: z.string().nullable() }),
})

const transcript = z.array(z.looseObject({ atMs: z.number(), from: z.enum(['client', 'server']), text: z.string() }))

/** A test as it was stored; null when any part of it cannot be read. */
export function storedReport(row: {
  outcome: unknown
  stages: unknown
  diagnosis: unknown
  accepted: unknown
  sender: unknown
  transcript: unknown
}): { report: TestReport; transcript: TestRunRecord['transcript'] } | null {
  const { outcome, diagnosis, accepted, sender: by } = row
  const read = report.safeParse({ outcome, stages: row.stages, diagnosis, accepted, sender: by })
  const lines = transcript.safeParse(row.transcript)
  return read.success && lines.success ? { report: read.data as TestReport, transcript: lines.data } : null
}
