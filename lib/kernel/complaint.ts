import { fail, type Result } from './result'

/**
 * Why an input is refused, as a key of the `validation` words with what fills them in: parsers stay pure and speak no
 * language. `codePoint` is turned into the character's name by `complaintText`.
 */
export interface Complaint {
  key: string
  params?: Record<string, string | number>
}

/** Every parser takes what came through the door, whatever JSON type it has. */
export type Parsed<T> = Result<T, Complaint>

export const complain = (key: string, params?: Complaint['params']): { ok: false; error: Complaint } =>
  fail(params ? { key, params } : { key })

interface ValidationWords {
  (key: string, values?: Record<string, string | number>): string
  has(key: string): boolean
}

/** The complaint as a sentence of the given language. An invisible character is named, since nobody can see it (U+200B …). */
export function complaintText(words: ValidationWords, { key, params = {} }: Complaint): string {
  const { codePoint } = params
  if (typeof codePoint !== 'number') return words(key, params)
  const code = `U+${codePoint.toString(16).toUpperCase().padStart(4, '0')}`
  const nameKey = `characters.${code.replace('+', '')}`
  const character = words.has(nameKey) ? `${words(nameKey)}, ${code}` : code
  return words(key, { ...params, character })
}
