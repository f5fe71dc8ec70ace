import type { MessageKey, Translator } from '../i18n/translations'
import { fail, ok, type Result } from '../kernel'

/**
 * Why an input is rejected: a key of the `validation` texts with its arguments, so that parsers are pure and independent of the
 * language. `validationErrorText` replaces `codePoint` by the character's name, and names `entry`, which is one of several in a field.
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

type Value<Of> = Extract<Of, { ok: true }> extends { value: infer T } ? T : never

/** The values of several fields, or what is wrong with each of them, so that a person can correct all at once. */
export function allParsed<Fields extends Record<string, Parsed<unknown>>>(
  fields: Fields,
): Result<{ [Name in keyof Fields]: Value<Fields[Name]> }, { [Name in keyof Fields]?: ValidationError }> {
  const [values, errors]: [Record<string, unknown>, Record<string, ValidationError>] = [{}, {}]
  for (const [name, parsed] of Object.entries(fields)) {
    if (parsed.ok) values[name] = parsed.value
    else errors[name] = parsed.error
  }
  return Object.keys(errors).length > 0 ? fail(errors as never) : ok(values as never)
}

/** One of the values that a field offers. */
export function parseChoice<const T extends string>(
  input: unknown,
  values: readonly T[],
  key: MessageKey<'validation'>,
): Parsed<T> {
  const choice = values.find((value) => value === input)
  return choice === undefined ? invalid(key) : ok(choice)
}

const ENTRY_CHARS_MAX = 100

/** The error of one of several entries in a field. */
export const ofEntry = ({ key, params }: ValidationError, entry: string): { ok: false; error: ValidationError } =>
  invalid(key, { ...params, entry: entry.slice(0, ENTRY_CHARS_MAX) })

/**
 * What is wrong, written to follow the label of the field: "too long, at most 254 characters". With the label it is
 * "Sender email address: too long, …", for where the field itself is not in view. An invisible character is named (U+200B …).
 */
export function validationErrorText(
  t: Translator<'validation'>,
  { key, params = {} }: ValidationError,
  label?: string,
): string {
  const { codePoint, entry } = params
  const text = t(key, typeof codePoint === 'number' ? { ...params, character: characterName(t, codePoint) } : params)
  const textOfEntry = entry === undefined ? text : t('ofEntry', { entry, text })
  return label === undefined ? textOfEntry : `${label}: ${textOfEntry}`
}

export const validationTexts = (
  t: Translator<'validation'>,
  errors: { [field: string]: ValidationError | undefined },
): Record<string, string> =>
  Object.fromEntries(
    Object.entries(errors).flatMap(([field, error]) => (error ? [[field, validationErrorText(t, error)]] : [])),
  )

function characterName(t: Translator<'validation'>, codePoint: number): string {
  const code = `U+${codePoint.toString(16).toUpperCase().padStart(4, '0')}`
  const name = t.lookUp(`characters.${code.replace('+', '')}`)
  return name === null ? code : `${name}, ${code}`
}
