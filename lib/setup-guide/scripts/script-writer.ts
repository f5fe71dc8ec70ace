import { commentLines, isQuotable, powershellString, shellString } from '../../diagnosis'
import type { KeyUnder, Translator } from '../../i18n/translations'
import { type Choices, DEFAULT_APP_NAME, type GuideValues } from '../choices'

/** Everything a script is written from. All its sentences come from the translations. */
export interface ScriptInput extends Choices {
  values: GuideValues
  t: Translator<'set-up'>
  /** Address of the Mail server page, for the comment that says where to paste the block. */
  consoleUrl: string
}

/** Marks a gap. No address, id or name contains it, and the script checks for it before it does anything. */
export const GAP_MARK = '\u2039'

export type ValueName = 'tenantId' | 'clientId' | 'objectId' | 'sender' | 'appName'

/** A value for a script: the known value if it can be quoted, otherwise a gap with the name of the value. */
export function plain({ values, t }: Pick<ScriptInput, 'values' | 't'>, name: ValueName): string {
  const value = values[name]
  if (value !== null && value !== '' && isQuotable(value)) return value
  return name === 'appName' ? DEFAULT_APP_NAME : `${GAP_MARK}${t(`gaps.${name}`)}\u203a`
}

export type ScriptKey = KeyUnder<'set-up', 'script'>

/** Writes the parts of a script in one shell language. Every text and value is quoted, so that nothing in it can run. */
export interface ScriptWriter {
  /** One of our sentences as a single argument. */
  text(key: ScriptKey): string
  /** A value as a single argument. */
  value(name: ValueName): string
  /** A sentence as a comment, wrapped into several lines if it is long. */
  comment(key: ScriptKey): string[]
  input: ScriptInput
}

const scriptWriter = (input: ScriptInput, file: string, quote: (text: string) => string): ScriptWriter => ({
  input,
  text: (key) => quote(input.t(`script.${key}`)),
  value: (name) => quote(plain(input, name)),
  comment: (key) => commentLines(input.t(`script.${key}`, { console: input.consoleUrl, file })),
})

export const powershellWriter = (input: ScriptInput, file: string): ScriptWriter =>
  scriptWriter(input, file, powershellString)
export const shellWriter = (input: ScriptInput, file: string): ScriptWriter => scriptWriter(input, file, shellString)
