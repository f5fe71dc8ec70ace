import 'server-only'
import { headers } from 'next/headers'

/** Sent by the framework's script with every post. Without scripts a page is the answer to a form. */
export const SCRIPT_HEADER = 'next-action'

/** By the headers of a request, which Next hands out as one object to an action and to the page in its answer. */
const refusals = new WeakMap<object, string>()

/**
 * What was said as the form of this request was refused, if its page is the answer; empty if only its fields say it. A question for the
 * password is no refusal.
 */
export const refusalOf = async (): Promise<string | undefined> => refusals.get(await headers())

/** Remembers for the page that the form was refused, and returns the state of the action unchanged. */
export async function rememberRefused<State>(state: State): Promise<State> {
  const { kind, confirm, message, errors, conflict } = (state ?? {}) as Readonly<Record<string, unknown>>
  const incoming = await headers()
  const isRefused = kind === 'refused' || kind === 'invalid' || kind === 'conflict'
  if (isRefused && !confirm && !incoming.has(SCRIPT_HEADER))
    refusals.set(incoming, typeof message === 'string' && !errors && !conflict ? message : '')
  return state
}
