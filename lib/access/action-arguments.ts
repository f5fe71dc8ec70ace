/*
 * React writes an action's arguments into fields of its own: `0`, `1`, … when a script posts (a form among the arguments
 * becomes `_1_<field>`), `$ACTION_1:0`, … when a plain form does. Each holds JSON, in which a text that begins with `$` stands
 * for something JSON cannot say. What does not decode ends as an error 500 far from any gate, so it is refused before.
 */

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

/** Whether the arguments in a form posted to an action can be decoded. `scripted`: it was posted by a script. */
export function areArgumentsWhole(form: FormData, scripted: boolean): boolean {
  const own = scripted ? SCRIPTED : PLAIN
  const earlier = new Set<string>()
  for (const [name, value] of form) {
    earlier.add(name)
    if (own.test(name) && !isPart(value, name, form, earlier)) return false
  }
  return scripted ? isArguments(form.get('0')) : [...form.keys()].every((name) => isNamedAction(name, form))
}

function isArguments(part: FormDataEntryValue | null): boolean {
  const list: unknown = typeof part === 'string' ? JSON.parse(part) : null
  return Array.isArray(list) && list.length <= ARGUMENTS_MAX
}

/** A plain form names its action by a bare id, or by the id and the state that React wrote into the page. */
function isNamedAction(name: string, form: FormData): boolean {
  if (name.startsWith(BARE_ID)) return BY_ID.test(name)
  if (!name.startsWith(WITH_STATE)) return true
  const prefix = `$ACTION_${name.slice(WITH_STATE.length)}:`
  const action = form.get(`${prefix}0`)
  const { id, bound }: { id?: unknown; bound?: unknown } = typeof action === 'string' ? Object(JSON.parse(action)) : {}
  if (typeof id !== 'string') return false
  const [, part] = /^\$@([0-9a-f]+)$/.exec(String(bound)) ?? []
  return part === undefined ? bound === null || bound === undefined : isArguments(form.get(prefix + part))
}

function isPart(value: FormDataEntryValue, name: string, form: FormData, earlier: ReadonlySet<string>): boolean {
  if (typeof value !== 'string' || form.getAll(name).length > 1) return false
  const prefix = name.slice(0, name.lastIndexOf(':') + 1)
  try {
    const texts = textsIn(JSON.parse(value))
    return texts?.every((text) => !text.startsWith('$') || isMark(text, prefix, form, earlier)) ?? false
  } catch {
    return false
  }
}

/** A mark that names another part, or something inside it, is good only if that is there, and came before it. */
function isMark(text: string, prefix: string, form: FormData, earlier: ReadonlySet<string>): boolean {
  if (!MARK.test(text)) return false
  const [, promised, part, path] = /^\$(@?)([0-9a-f]+)((?::.*)?)$/.exec(text) ?? []
  if (part === undefined) return true
  const named = form.get(`${prefix}${part}`)
  if (typeof named !== 'string' || (promised === '' && !earlier.has(`${prefix}${part}`))) return false
  return isInside(JSON.parse(named), (path ?? '').split(':').slice(1))
}

function isInside(value: unknown, [key, ...further]: readonly string[]): boolean {
  if (key === undefined) return !isOtherMark(value)
  if (typeof value !== 'object' || value === null || key === '__proto__' || !Object.hasOwn(value, key)) return false
  return isInside((value as Record<string, unknown>)[key], further)
}

/** What a way leads to must be there itself: a mark would have to be followed further. */
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
