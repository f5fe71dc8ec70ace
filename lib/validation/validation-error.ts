import type { MessageKey, Translator } from '../i18n/translations'
import { fail, type Result } from '../kernel/result'

/**
 * Why an input is rejected: a key of the `validation` texts with its arguments, so that parsers are pure and independent of the
 * language. `validationErrorText` replaces `codePoint` by the character's name.
 */
export interface ValidationError {
  key: MessageKey<'validation'>
  params?: Record<string, string | number>
}

/** Result of a parser. Every parser accepts an input of any JSON type. */
export type Parsed<T> = Result<T, ValidationError>

export const invalid = (
  key: MessageKey<'validation'>,
  params?: ValidationError['params'],
): { ok: false; error: ValidationError } => fail(params ? { key, params } : { key })

/** The error as a sentence. It names an invisible character, which the reader cannot see (U+200B …). */
export function validationErrorText(t: Translator<'validation'>, { key, params = {} }: ValidationError): string {
  const { codePoint } = params
  if (typeof codePoint !== 'number') return t(key, params)
  const code = `U+${codePoint.toString(16).toUpperCase().padStart(4, '0')}`
  const nameKey = `characters.${code.replace('+', '')}`
  const name = t.lookUp(nameKey)
  const character = name === null ? code : `${name}, ${code}`
  return t(key, { ...params, character })
}
