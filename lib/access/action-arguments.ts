import { parseJson } from '../kernel'

/*
 * React writes an action's arguments into separate fields: `0`, `1`, … if a script posts (a form among the arguments becomes
 * `_1_<field>`), `$ACTION_1:0`, … if a plain form posts. Each contains JSON, in which a text that begins with `$` represents a value that
 * JSON does not have. Arguments that cannot be decoded would cause an error 500 outside our checks, so they are rejected before.
 */

/** Marks in one post. The page of the policy rules has the most: one for each empty value of 50 rules. */
const MARKS_MAX = 1000

/** Our actions have two arguments: the previous state and the form. */
const ARGUMENTS_MAX = 8

/** The report of a test, which is part of a state, is about ten levels deep. */
const DEPTH_MAX = 64

const SCRIPTED = /^[0-9a-f]+$/
const BARE_ID = '$ACTION_ID_'
const BY_ID = /^\$ACTION_ID_([0-9a-f]+)$/
const WITH_STATE = '$ACTION_REF_'
const PLAIN = /^\$ACTION_[^:]*:[0-9a-f]+$/

/**
 * The marks that the states of our forms and React use: a dollar sign, undefined, a form, a date, numbers that JSON does not have, temporary
 * references of the browser, bound arguments, and an earlier part. Functions, files, maps and streams are not accepted.
 */
const MARK = /^\$(?:\$|undefined$|K[0-9a-f]+$|D|n-?\d{1,300}$|NaN$|-?Infinity$|-0$|T|@[0-9a-f]+$|[0-9a-f]+(?::|$))/

interface Part {
  /** Position among the fields. A mark may only name an earlier part. */
  at: number
  json: unknown
}

/** Whether the arguments in a form that was posted to an action can be decoded. `scripted`: a script posted it. */
export function areArgumentsWhole(form: FormData, scripted: boolean): boolean {
  const parts = readParts(form, scripted ? SCRIPTED : PLAIN)
  if (parts === null || !areMarksGood(parts)) return false
  return scripted ? isArguments(parts.get('0')) : [...form.keys()].every((name) => isNamedAction(name, parts))
}

/** Parses each of React's fields. Returns null if one is not JSON, is a file, or occurs twice. */
function readParts(form: FormData, own: RegExp): Map<string, Part> | null {
  const parts = new Map<string, Part>()
  let at = 0
  for (const [name, value] of form) {
    at += 1
    if (!own.test(name)) continue
    if (typeof value !== 'string' || parts.has(name)) return null
    const json = parseJson(value)
    if (json === undefined) return null
    parts.set(name, { at, json })
  }
  return parts
}

const isArguments = (part: Part | undefined): boolean => Array.isArray(part?.json) && part.json.length <= ARGUMENTS_MAX

/** A plain form names its action by its id, or by the id with the state that React wrote into the page. */
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

/** A mark that names another part, or a value in it, is valid if that exists and comes before the mark. */
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

/** A path must lead to a value and not to another mark. */
const isOtherMark = (value: unknown): boolean => typeof value === 'string' && /^\$[^$]/.test(value)

/** All texts in the value, or null if it is nested deeper than our states. Not recursive, because the client chooses the depth. */
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

/** The ids of the actions that a form names. A script names its action in a header. Call it after `areArgumentsWhole`. */
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
