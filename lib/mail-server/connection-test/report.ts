import { z } from 'zod'
import type { Remedy } from '../../diagnosis'
import { LOCALES, type Locale } from '../../i18n/locale'
import type { DiagnosisCode, Retry } from '../../kernel'
import { STAGES, type Stage } from '../../kernel/stage'

/* The result of a test is stored as JSON, which may be damaged, edited by hand or of another version: it is parsed when it is read. */

const stage = z.enum(STAGES)

const stageReport = z.object({
  stage,
  state: z.enum(['passed', 'warned', 'failed', 'skipped']),
  /** Milliseconds; 0 if the stage was skipped. */
  ms: z.number(),
  facts: z.record(z.string(), z.union([z.string(), z.array(z.string())])).optional(),
})
export type StageReport = z.infer<typeof stageReport>
export type StageState = StageReport['state']

const remedyTexts = z.object({
  title: z.string(),
  cause: z.string(),
  steps: z.array(z.string()),
  /** Lines for PowerShell or a shell, ready to copy. */
  commands: z.array(z.string()),
  /** The page of a Microsoft portal on which the fault is fixed; null if there is none. */
  portal: z.object({ label: z.string(), url: z.string() }).nullable(),
}) satisfies z.ZodType<Remedy>

const diagnosisReport = remedyTexts.extend({
  // A code that this version does not know is still shown, with the texts that were stored with it.
  code: z.string() as unknown as z.ZodType<DiagnosisCode>,
  stage,
  retry: z.enum(['no', 'yes', 'later', 'settling'] satisfies Retry[]),
  evidence: z.string(),
  /** Language of the texts. Absent from tests of earlier versions. */
  locale: z.enum(LOCALES).optional(),
  /** ISO time until which deliveries use the previous credential, as Entra rejects the tested one. Absent if they do not. */
  fallbackUntil: z.string().optional(),
})
/** Why the test failed, and what fixes it, with this organisation's own values. */
export type DiagnosisReport = z.infer<typeof diagnosisReport>

const testReport = z.object({
  outcome: z.enum(['accepted', 'ready', 'failed']),
  stages: z.array(stageReport),
  diagnosis: diagnosisReport.nullable(),
  accepted: z.object({ reply: z.string(), serverMessageId: z.string().nullable(), messageId: z.string() }).nullable(),
  sender: z.object({ envelopeFrom: z.string(), from: z.string(), login: z.string().nullable() }),
})
/** The result of a test, as the page shows it and the command line prints it. */
export type TestReport = z.infer<typeof testReport>

const transcript = z.array(z.object({ atMs: z.number(), from: z.enum(['client', 'server']), text: z.string() }))
/** The SMTP conversation, without secrets. */
export type Transcript = z.infer<typeof transcript>

/** What the test yields: each stage as it begins and ends, then the report with the id it was stored under. */
export type TestEvent =
  | { kind: 'began'; stage: Stage }
  | { kind: 'ended'; stage: StageReport }
  | { kind: 'finished'; report: TestReport; testId: string; transcript: Transcript }

/** Null if they cannot be read. */
export const storedStages = (json: unknown): StageReport[] | null =>
  testReport.shape.stages.safeParse(json).data ?? null

/** The remedy in the languages that the person who ran the test does not read. */
export type OtherLanguages = Partial<Record<Locale, Remedy>>

/** What is stored of a failure: its report, and its remedy in the other languages, which tests of earlier versions lack. */
const storedDiagnosis = z.object({ otherLanguages: z.partialRecord(z.enum(LOCALES), remedyTexts) })
export const toStoredDiagnosis = (diagnosis: DiagnosisReport, otherLanguages: OtherLanguages): object =>
  ({ ...diagnosis, otherLanguages }) satisfies z.infer<typeof storedDiagnosis>

/** Null if any part of the stored test cannot be read. The remedy is in the reader's language if it was stored in it. */
export function storedReport(
  row: {
    [member in keyof TestReport | 'transcript']: unknown
  },
  locale: Locale | undefined,
): { report: TestReport; transcript: Transcript } | null {
  const report = testReport.safeParse(row)
  const lines = transcript.safeParse(row.transcript)
  if (!report.success || !lines.success) return null
  const { diagnosis } = report.data
  const texts = locale && storedDiagnosis.safeParse(row.diagnosis).data?.otherLanguages[locale]
  const translated = diagnosis && texts ? { ...diagnosis, ...texts, locale } : diagnosis
  return { report: { ...report.data, diagnosis: translated }, transcript: lines.data }
}
