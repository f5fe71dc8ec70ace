import { isQuotable, powershellString, shellString } from '../../diagnosis'
import type { KeyUnder, Translator } from '../../i18n/translations'
import { type Choices, DEFAULT_APP_NAME, type GuideValues } from '../choices'

/** Everything a script is written from; all its sentences come from `words`. */
export interface ScriptInput extends Choices {
  values: GuideValues
  t: Translator<'set-up'>
  /** Where this console answers, for the comment that says where the block goes. */
  consoleUrl: string
}

/** The sign of a gap: no address, id or name holds it, and the script looks for it before it does anything. */
export const GAP_MARK = '\u2039'

export type ValueName = 'tenantId' | 'clientId' | 'objectId' | 'sender' | 'appName'

/** A value as it may stand in a script: known and quotable, or a gap that names itself. */
export function plain({ values, t }: Pick<ScriptInput, 'values' | 't'>, name: ValueName): string {
  const value = values[name]
  if (value !== null && value !== '' && isQuotable(value)) return value
  return name === 'appName' ? DEFAULT_APP_NAME : `${GAP_MARK}${t(`gaps.${name}`)}\u203a`
}

export type ScriptKey = KeyUnder<'set-up', 'script'>

/** Writes lines of one language: each sentence and each value quoted, so that nothing in them runs. */
export interface Pen {
  /** A sentence of ours as one argument. */
  text(key: ScriptKey): string
  /** A value as one argument. */
  value(name: ValueName): string
  /** A comment line; long texts run over several. */
  say(key: ScriptKey): string[]
  input: ScriptInput
}

const COMMENT_CHARS = 96

function comment(text: string): string[] {
  const lines: string[] = []
  for (const word of text.split(/\s+/)) {
    const last = lines.at(-1)
    if (last === undefined || last.length + word.length >= COMMENT_CHARS) lines.push(`# ${word}`)
    else lines[lines.length - 1] = `${last} ${word}`
  }
  return lines
}

const penWith = (input: ScriptInput, file: string, quote: (text: string) => string): Pen => ({
  input,
  text: (key) => quote(input.t(`script.${key}`)),
  value: (name) => quote(plain(input, name)),
  say: (key) => comment(input.t(`script.${key}`, { console: input.consoleUrl, file })),
})

export const powershellPen = (input: ScriptInput, file: string): Pen => penWith(input, file, powershellString)
export const shellPen = (input: ScriptInput, file: string): Pen => penWith(input, file, shellString)
