import { FORM_FIELDS_MAX } from './request-proof'

/*
 * React writes an action's arguments into fields of its own: `0`, `1`, … when a script posts (a form among the arguments
 * becomes `_1_<field>`), `$ACTION_1:0`, … when a plain form does. Each holds JSON, in which a text that begins with `$` stands
 * for something JSON cannot say. What does not decode ends as an error 500 far from any gate, so it is refused before.
 */

/** The marks in one post. The page of the policy rules has the most: one for each empty value of 50 rules. */
const MARKS_MAX = 1000

/** Our actions have two: the state before, and the form. */
const ARGUMENTS_MAX = 8

/** A test's report in a state in the arguments is some ten levels deep. */
const DEPTH_MAX = 64

const SCRIPTED = /^[0-9a-f]+$/
const BARE_ID = '$ACTION_ID_'
const BY_ID = /^\$ACTION_ID_([0-9a-f]+)$/
const WITH_STATE = '$ACTION_REF_'
const PLAIN = /^\$ACTION_[^:]*:[0-9a-f]+$/

/**
 * The marks that our forms' states and React's own use: a dollar sign, undefined, a form, a date, numbers JSON lacks, what
 * only the browser knows, bound arguments, and an earlier part. Functions, files, maps and streams are not among them.
 */
const MARK = /^\$(?:\$|undefined$|K[0-9a-f]+$|D|n-?\d{1,300}$|NaN$|-?Infinity$|-0$|T|@[0-9a-f]+$|[0-9a-f]+(?::|$))/

/** One of React's own fields. */
interface Part {
  /** Its place among the form's fields: a mark may only name what came before it. */
  at: number
  json: unknown
}

/** Whether the arguments in a form posted to an action can be decoded. `scripted`: it was posted by a script. */
export function areArgumentsWhole(form: FormData, scripted: boolean): boolean {
  const names = [...form.keys()]
  if (names.length > FORM_FIELDS_MAX) return false
  const parts = readParts(form, scripted ? SCRIPTED : PLAIN)
  if (parts === null || !areMarksGood(parts)) return false
  return scripted ? isArguments(parts.get('0')) : names.every((name) => isNamedAction(name, parts))
}

/** Each of React's fields, parsed once. Null if one is no JSON, is a file, or is there twice. */
function readParts(form: FormData, own: RegExp): Map<string, Part> | null {
  const parts = new Map<string, Part>()
  let at = 0
  for (const [name, value] of form) {
    at += 1
    if (!own.test(name)) continue
    if (typeof value !== 'string' || parts.has(name)) return null
    try {
      parts.set(name, { at, json: JSON.parse(value) })
    } catch {
      return null
    }
  }
  return parts
}

const isArguments = (part: Part | undefined): boolean => Array.isArray(part?.json) && part.json.length <= ARGUMENTS_MAX

/** A plain form names its action by a bare id, or by the id and the state that React wrote into the page. */
function isNamedAction(name: string, parts: ReadonlyMap<string, Part>): boolean {
  if (name.startsWith(BARE_ID)) return BY_ID.test(name)
  if (!name.startsWith(WITH_STATE)) return true
  const prefix = `$ACTION_${name.slice(WITH_STATE.length)}:`
  const { id, bound }: { id?: unknown; bound?: unknown } = Object(parts.get(`${prefix}0`)?.json)
  if (typeof id !== 'string') return false
  const [, part] = /^\$@([0-9a-f]+)$/.exec(String(bound)) ?? []
  return part === undefined ? bound === null || bound === undefined : isArguments(parts.get(prefix + part))
}

function areMarksGood(parts: ReadonlyMap<string, Part>): boolean {
  let marks = 0
  for (const [name, { at, json }] of parts) {
    const prefix = name.slice(0, name.lastIndexOf(':') + 1)
    for (const text of textsIn(json) ?? ['$']) {
      if (!text.startsWith('$')) continue
      marks += 1
      if (marks > MARKS_MAX || !isMark(text, prefix, at, parts)) return false
    }
  }
  return true
}

/** A mark that names another part, or a value inside it, is good only if that exists and came before it. */
function isMark(text: string, prefix: string, at: number, parts: ReadonlyMap<string, Part>): boolean {
  if (!MARK.test(text)) return false
  const [, promised, part, path] = /^\$(@?)([0-9a-f]+)((?::.*)?)$/.exec(text) ?? []
  if (part === undefined) return true
  const named = parts.get(prefix + part)
  if (named === undefined || (promised === '' && named.at > at)) return false
  return isInside(named.json, (path ?? '').split(':').slice(1))
}

function isInside(value: unknown, path: readonly string[]): boolean {
  let inner = value
  for (const key of path) {
    if (typeof inner !== 'object' || inner === null || key === '__proto__' || !Object.hasOwn(inner, key)) return false
    inner = (inner as Record<string, unknown>)[key]
  }
  return !isOtherMark(inner)
}

/** What a path leads to must be a value: a mark there would have to be followed further. */
const isOtherMark = (value: unknown): boolean => typeof value === 'string' && /^\$[^$]/.test(value)

/** Walked without recursion, since React recurses: nesting is the sender's to choose. Null: deeper than any of our states. */
function textsIn(json: unknown): string[] | null {
  const texts: string[] = []
  const left: [value: unknown, depth: number][] = [[json, 0]]
  for (let next = left.pop(); next; next = left.pop()) {
    const [value, depth] = next
    if (depth > DEPTH_MAX) return null
    if (typeof value === 'string') texts.push(value)
    else if (typeof value === 'object' && value !== null)
      for (const each of Object.values(value)) left.push([each, depth + 1])
  }
  return texts
}

const BY_STATE = /^\$ACTION_[^:]*:0$/

/** The ids of the actions that a form names; a script names its own in a header. Ask after `areArgumentsWhole`. */
export function actionIdsIn(form: FormData, header: string | null): string[] {
  if (header !== null) return [header]
  const ids: string[] = []
  for (const [name, value] of form) {
    const [, id] = BY_ID.exec(name) ?? []
    if (id !== undefined) ids.push(id)
    if (!BY_STATE.test(name) || typeof value !== 'string') continue
    const named: unknown = JSON.parse(value)
    if (typeof named === 'object' && named !== null && 'id' in named) ids.push(String(named.id))
  }
  return ids
}
