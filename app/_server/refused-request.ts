import 'server-only'
import { headers } from 'next/headers'

/** Sent by the framework's script with every post. Without scripts a page is the answer to a form. */
export const SCRIPT_HEADER = 'next-action'

/** By the headers of a request, which Next hands out as one object to an action and to the page in its answer. */
const refusedRequests = new WeakSet<object>()

/** Whether the form of this request was refused, and its page is the answer. A question for the password is no refusal. */
export const isAnswerToRefused = async (): Promise<boolean> => refusedRequests.has(await headers())

/** Remembers for the title of the page that the form was refused, and returns the state of the action unchanged. */
export async function rememberRefused<State>(state: State): Promise<State> {
  const { kind, confirm } = (state ?? {}) as { kind?: unknown; confirm?: unknown }
  const incoming = await headers()
  const isRefused = kind === 'refused' || kind === 'invalid' || kind === 'conflict'
  if (isRefused && !confirm && !incoming.has(SCRIPT_HEADER)) refusedRequests.add(incoming)
  return state
}
