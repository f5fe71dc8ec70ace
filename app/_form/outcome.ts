import type { Confirmation } from '@/components/confirm-fields'

/** What a form shows after it was sent. It travels in clear text, so nothing secret is in it: `typed` holds only what may be shown again. */
export type Outcome =
  | { kind: 'untouched' }
  | {
      kind: 'refused'
      message: string
      errors?: Record<string, string>
      typed?: Readonly<Record<string, string>>
      /** Another person saved the same; `message` names them. */
      conflict?: Conflict
      /** The form asks for the password too, and is then done. */
      confirm?: Confirmation | null
      /** They fix the problem. */
      commands?: string[]
    }
  | { kind: 'done'; lines: string[] }

/** What another person saved since the form was opened: of each field both values, in the order of the labels. */
export interface Conflict {
  text: string
  labels: readonly [yours: string, saved: string]
  differences: readonly { title: string; values: readonly [yours: string, saved: string] }[]
}

export const UNTOUCHED: Outcome = { kind: 'untouched' }

export const refused = (
  message: string,
  rest: Omit<Extract<Outcome, { kind: 'refused' }>, 'kind' | 'message'> = {},
): Outcome => ({ kind: 'refused', message, ...rest })

/** Also the `refused` option of a form action: the form shows the message and what was typed, and asks for the password if that is what is missing. */
export const refusedWith = (
  message: string,
  form: FormData,
  _reason: unknown = null,
  confirm: Confirmation | null = null,
): Outcome => refused(message, { confirm, typed: shownAgain(form) })

/** The same for a form with these fields. */
export const refusedKeeping =
  (names: readonly string[]): typeof refusedWith =>
  (message, form, _reason, confirm = null) =>
    refused(message, { confirm, typed: typedIn(form, names) })

/** For a form whose own fields ask for the password. */
export const refusedConfirmation = ({ text, errors = {} }: Confirmation): Outcome => refused(text, { errors })

export const succeeded = (...lines: string[]): Outcome => ({ kind: 'done', lines })

/** Enough for an address list, which is the longest text. */
const TYPED_CHARS_MAX = 4_000

/** One text field by name; a file or a missing field is an empty text. */
export function textOf(form: FormData, name: string): string {
  const value = form.get(name)
  return typeof value === 'string' ? value : ''
}

/** What was typed into the named fields, to be shown again: of boxes that share a name, the values with a tick. Never name a secret here. */
export const typedIn = (form: FormData, names: readonly string[]): Record<string, string> =>
  Object.fromEntries(
    names.map((name) => {
      const texts = form.getAll(name).filter((value) => typeof value === 'string')
      return [name, texts.join(' ').slice(0, TYPED_CHARS_MAX)]
    }),
  )

/** Fields of the small forms, and `seenRole` and `was.…`, what the page showed. None of them holds a secret. */
const SHOWN_AGAIN = [
  ...['name', 'address', 'locale', 'about', 'role', 'seenRole', 'confirm', 'objectId'],
  ...['feedName', 'feedLocale', 'kind', 'owners', 'note', 'validUntil', 'days', 'rotateDaysBefore'],
  ...['was.owners', 'was.note', 'was.validUntil'],
]

/** What was typed into a small form, to be shown again where no scripts keep it. */
export const shownAgain = (form: FormData): Record<string, string> =>
  typedIn(
    form,
    SHOWN_AGAIN.filter((name) => form.has(name)),
  )

/** The hidden values of a form as they were when it was refused, or as its refusal says, because the page may show newer ones by now. */
export function seenIn(hidden: Record<string, string | number>, outcome: Outcome) {
  const typed = outcome.kind === 'refused' ? outcome.typed : undefined
  return Object.fromEntries(Object.entries(hidden).map(([name, value]) => [name, typed?.[name] ?? value]))
}

export const refusedField = (name: string, message: string, form: FormData): Outcome =>
  refused(message, { errors: { [name]: message }, typed: shownAgain(form) })
