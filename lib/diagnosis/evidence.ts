/** As much of a peer's text as is ever kept (S-14). */
export const EVIDENCE_CHARS_MAX = 512

// biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is looked for
const UNPRINTABLE = /[\u0000-\u001f\u007f-\u009f\u200b-\u200f\u2028-\u202e\u2066-\u2069\ufeff]/g

/** One printable line. The adapters have taken the secrets out already; here nothing is trusted to have been short. */
export function evidenceLine(text: string): string {
  const line = text.replace(/\s+/g, ' ').trim().replace(UNPRINTABLE, escaped)
  return line.length <= EVIDENCE_CHARS_MAX
    ? line
    : `${line.slice(0, EVIDENCE_CHARS_MAX - 1).replace(/[\ud800-\udbff]$/, '')}…`
}

const escaped = (character: string): string => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`
