import type { MessageKey, Translator } from '../i18n/translations'
import { fail, type Result } from '../kernel/result'

/**
 * Why an input is refused, as a key of the `validation` words with what fills them in: parsers stay pure and speak no
 * language. `codePoint` is turned into the character's name by `validationErrorText`.
 */
export interface ValidationError {
  key: MessageKey<'validation'>
  params?: Record<string, string | number>
}

/** Every parser takes what came through the door, whatever JSON type it has. */
export type Parsed<T> = Result<T, ValidationError>

export const invalid = (
  key: MessageKey<'validation'>,
  params?: ValidationError['params'],
): { ok: false; error: ValidationError } => fail(params ? { key, params } : { key })

/** The error as a sentence. An invisible character is named, since nobody can see it (U+200B …). */
export function validationErrorText(t: Translator<'validation'>, { key, params = {} }: ValidationError): string {
  const { codePoint } = params
  if (typeof codePoint !== 'number') return t(key, params)
  const code = `U+${codePoint.toString(16).toUpperCase().padStart(4, '0')}`
  const nameKey = `characters.${code.replace('+', '')}`
  const name = t.lookUp(nameKey)
  const character = name === null ? code : `${name}, ${code}`
  return t(key, { ...params, character })
}
