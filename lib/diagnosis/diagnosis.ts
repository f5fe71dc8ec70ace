import type { DiagnosisCode, Retry } from '../kernel/diagnosis-code'
import type { Stage } from '../kernel/stage'

/** A failure with its code. `remedy` gives the texts for it. */
export interface Diagnosis {
  code: DiagnosisCode
  stage: Stage
  retry: Retry
  /** The server's reply or the error, in one line. */
  evidence: string
}

/** Longer text from a server is cut, so that no server decides how much is stored. */
const EVIDENCE_CHARS_MAX = 512

// biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is looked for
const UNPRINTABLE = /[\u0000-\u001f\u007f-\u009f\u200b-\u200f\u2028-\u202e\u2066-\u2069\ufeff]/g

/** Turns a text into one printable line of limited length. The vendor clients have removed secrets before. */
export function evidenceLine(text: string): string {
  const line = text.replace(/\s+/g, ' ').trim().replace(UNPRINTABLE, escaped)
  return line.length <= EVIDENCE_CHARS_MAX
    ? line
    : `${line.slice(0, EVIDENCE_CHARS_MAX - 1).replace(/[\ud800-\udbff]$/, '')}…`
}

const escaped = (character: string): string => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`

/**
 * Diagnoses an attempt that failed because of a bug. Only the kind of the error is kept, because its message may contain anything.
 * The log has the details. The attempt is retried, because a later version may not have the bug.
 */
export function diagnoseInternalError(error: unknown, stage: Stage): Diagnosis {
  const name = error instanceof Error ? error.name : typeof error
  return {
    code: 'unrecognised',
    stage,
    retry: 'yes',
    evidence: `an error in Postroom itself (${name}); the log has the details`,
  }
}
