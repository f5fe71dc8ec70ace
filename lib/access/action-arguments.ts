/*
 * React writes an action's arguments into fields of its own: `0`, `1`, … when a script posts (a form among the arguments
 * becomes `_1_<field>`), `$ACTION_1:0`, … when a plain form does. Each holds JSON, in which a text that begins with `$` stands
 * for something JSON cannot say. What does not decode ends as an error 500 far from any gate, so it is refused before.
 */

/** A test's report in a state in the arguments is some ten levels deep. */
const DEPTH_MAX = 64

const SCRIPTED = /^[0-9a-f]+$/
const PLAIN = /^\$ACTION_[^:]*:[0-9a-f]+$/

/**
 * The marks that our forms' states and React's own use: a dollar sign, undefined, a form, a date, numbers JSON lacks, what
 * only the browser knows, bound arguments, and an earlier part. Functions, files, maps and streams are not among them.
 */
const MARK = /^\$(?:\$|undefined$|K[0-9a-f]+$|D|n-?\d+$|NaN$|-?Infinity$|-0$|T|@[0-9a-f]+$|[0-9a-f]+(?::|$))/

/** Whether the arguments in a form posted to an action can be decoded. `scripted`: it was posted by a script. */
export function areArgumentsWhole(form: FormData, scripted: boolean): boolean {
  const own = scripted ? SCRIPTED : PLAIN
  for (const [name, value] of form) if (own.test(name) && !isPart(value, name, form)) return false
  if (!scripted) return true
  const all = form.get('0')
  return typeof all === 'string' && Array.isArray(JSON.parse(all))
}

function isPart(value: FormDataEntryValue, name: string, form: FormData): boolean {
  if (typeof value !== 'string' || form.getAll(name).length > 1) return false
  const prefix = name.slice(0, name.lastIndexOf(':') + 1)
  try {
    const texts = textsIn(JSON.parse(value))
    return texts?.every((text) => !text.startsWith('$') || isMark(text, prefix, form)) ?? false
  } catch {
    return false
  }
}

/** A mark that names another part, or something inside it, is good only if that is there. */
function isMark(text: string, prefix: string, form: FormData): boolean {
  if (!MARK.test(text)) return false
  const [, part, path] = /^\$@?([0-9a-f]+)((?::.*)?)$/.exec(text) ?? []
  if (part === undefined) return true
  const named = form.get(`${prefix}${part}`)
  return typeof named === 'string' && isInside(JSON.parse(named), (path ?? '').split(':').slice(1))
}

function isInside(value: unknown, [key, ...further]: readonly string[]): boolean {
  if (key === undefined) return true
  if (typeof value !== 'object' || value === null || !Object.hasOwn(value, key)) return false
  return isInside((value as Record<string, unknown>)[key], further)
}

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

const BY_ID = /^\$ACTION_ID_([0-9a-f]+)$/
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
