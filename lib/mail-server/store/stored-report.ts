import { z } from 'zod'
import { LOCALES } from '../../i18n/locale'
import type { DiagnosisCode, Retry } from '../../kernel/diagnosis-code'
import { STAGES } from '../../kernel/stage'
import type { StageReport, TestReport, Transcript } from '../connection-test/report'

/*
 * A JSON column may have been edited by hand, damaged, or written by another version. It is therefore parsed strictly, and null
 * means that it cannot be read.
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
      // A code that this version does not know is still shown, with the texts that were stored with it.
      code: z.string() as unknown as z.ZodType<DiagnosisCode>,
      stage,
      retry: z.enum(['no', 'yes', 'later', 'settling'] satisfies Retry[]),
      title: z.string(),
      cause: z.string(),
      steps: z.array(z.string()),
      commands: z.array(z.string()),
      portal: z.looseObject({ label: z.string(), url: z.string() }).nullable(),
      evidence: z.string(),
      locale: z.enum(LOCALES).optional(),
      fallbackUntil: z.string().optional(),
    })
    .nullable(),
  accepted: z
    .looseObject({ reply: z.string(), serverMessageId: z.string().nullable(), messageId: z.string() })
    .nullable(),
  sender: z.looseObject({ envelopeFrom: z.string(), from: z.string(), login: z.string().nullable() }),
})

const transcript = z.array(z.looseObject({ atMs: z.number(), from: z.enum(['client', 'server']), text: z.string() }))

/** Null if any part of the stored test cannot be read. */
export function storedReport(row: {
  outcome: unknown
  stages: unknown
  diagnosis: unknown
  accepted: unknown
  sender: unknown
  transcript: unknown
}): { report: TestReport; transcript: Transcript } | null {
  const { outcome, diagnosis, accepted, sender } = row
  const read = report.safeParse({ outcome, stages: row.stages, diagnosis, accepted, sender })
  const lines = transcript.safeParse(row.transcript)
  return read.success && lines.success ? { report: read.data as TestReport, transcript: lines.data } : null
}
