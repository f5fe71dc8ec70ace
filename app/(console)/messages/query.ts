import type { Route } from 'next'
import { MESSAGES_PATH, messagePath, withQuery } from '@/app/paths'
import { isUuid } from '@/lib/kernel/ids'
import type { MessageState } from '@/lib/outbox/message'
import type { MessageFilter } from '@/lib/outbox/ports'
import { searchTerms } from '@/lib/outbox/search-text'
import { parseRecipientEmail } from '@/lib/validation/email-address'

/** The views of the list; *waiting* takes in what a worker has in its hands just now. */
export const VIEWS = ['all', 'waiting', 'held', 'failed', 'delivered', 'declined', 'cancelled'] as const
export type View = (typeof VIEWS)[number]

const STATES: Record<View, readonly MessageState[] | null> = {
  all: null,
  waiting: ['queued', 'sending'],
  held: ['held'],
  failed: ['failed'],
  delivered: ['delivered'],
  declined: ['declined'],
  cancelled: ['cancelled'],
}

export interface MessagesRequest {
  view: View
  /** As typed, to fill the form again. */
  recipient: string
  badRecipient: boolean
  /** As typed too. */
  text: string
  badText: boolean
  filter: MessageFilter
  /** The list goes on behind this one; null: from the newest. */
  before: string | null
}

type SearchParams = Record<string, string | string[] | undefined>

const TYPED_CHARS_MAX = 320
const TEXT_CHARS_MAX = 200

/** Reads the address. What is not known asks for everything, as if it were absent. */
export function readMessagesRequest(params: SearchParams): MessagesRequest {
  const view = VIEWS.find((known) => known === params.view) ?? 'all'
  const recipient = typeof params.recipient === 'string' ? params.recipient.trim().slice(0, TYPED_CHARS_MAX) : ''
  const address = recipient === '' ? null : parseRecipientEmail(recipient)
  const text = typeof params.text === 'string' ? params.text.trim().slice(0, TEXT_CHARS_MAX) : ''
  const terms = searchTerms(text)
  const states = STATES[view]
  return {
    view,
    recipient,
    badRecipient: address !== null && !address.ok,
    text,
    badText: text !== '' && terms === null,
    filter: { ...(states && { states }), ...(address?.ok && { recipient: address.value }), ...(terms && { terms }) },
    before: isUuid(params.before) ? params.before : null,
  }
}

/** The same list at another place. */
export function messagesHref(
  { view, recipient, text }: Pick<MessagesRequest, 'view' | 'recipient' | 'text'>,
  { before = null, told = {} }: { before?: string | null; told?: Record<string, string> } = {},
): Route {
  return withQuery(MESSAGES_PATH, { view: view === 'all' ? null : view, text, recipient, before, ...told })
}

/** A form brings back where it stood: a message, or a place in the list. Read and written anew, so that it leads nowhere else. */
export function backHref(typed: unknown, told: Record<string, string>): Route {
  const text = typeof typed === 'string' ? typed : ''
  if (isUuid(text)) return withQuery(messagePath(text), told)
  const request = readMessagesRequest(Object.fromEntries(new URLSearchParams(text)))
  return messagesHref(request, { before: request.before, told })
}
