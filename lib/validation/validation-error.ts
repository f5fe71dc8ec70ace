import { fail, type Result } from '../kernel/result'

/**
 * Why an input is refused, as a key of the `validation` words with what fills them in: parsers stay pure and speak no
 * language. `codePoint` is turned into the character's name by `validationErrorText`.
 */
export interface ValidationError {
  key: string
  params?: Record<string, string | number>
}

/** Every parser takes what came through the door, whatever JSON type it has. */
export type Parsed<T> = Result<T, ValidationError>

export const invalid = (key: string, params?: ValidationError['params']): { ok: false; error: ValidationError } =>
  fail(params ? { key, params } : { key })

interface ValidationTexts {
  (key: string, values?: Record<string, string | number>): string
  has(key: string): boolean
}

/** The complaint as a sentence of the given language. An invisible character is named, since nobody can see it (U+200B …). */
export function validationErrorText(t: ValidationTexts, { key, params = {} }: ValidationError): string {
  const { codePoint } = params
  if (typeof codePoint !== 'number') return t(key, params)
  const code = `U+${codePoint.toString(16).toUpperCase().padStart(4, '0')}`
  const nameKey = `characters.${code.replace('+', '')}`
  const character = t.has(nameKey) ? `${t(nameKey)}, ${code}` : code
  return t(key, { ...params, character })
}
