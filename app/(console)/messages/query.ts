import type { Route } from 'next'
import { MESSAGES_PATH, messagePath, withQuery } from '@/app/paths'
import { isUuid } from '@/lib/kernel/ids'
import type { MessageState } from '@/lib/outbox/message'
import { searchTerms } from '@/lib/outbox/search-text'
import type { MessageFilter } from '@/lib/outbox/store/list'
import { parseRecipientEmail } from '@/lib/validation/email-address'

/** The views of the list. *Waiting* includes messages that are being sent. */
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
  /** As entered, to fill the form with. */
  recipient: string
  badRecipient: boolean
  /** As entered, to fill the form with. */
  text: string
  badText: boolean
  filter: MessageFilter
  /** The page begins after this message; null for the newest. */
  before: string | null
}

type SearchParams = Record<string, string | string[] | undefined>

const TYPED_CHARS_MAX = 320
const TEXT_CHARS_MAX = 200

/** Reads the query of the address. An unknown value is ignored. */
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

/** The address of a view, filter and page of the list. */
export function messagesHref(
  { view, recipient, text }: Pick<MessagesRequest, 'view' | 'recipient' | 'text'>,
  { before = null, flash = {} }: { before?: string | null; flash?: Record<string, string> } = {},
): Route {
  return withQuery(MESSAGES_PATH, { view: view === 'all' ? null : view, text, recipient, before, ...flash })
}

/**
 * Where an action returns to: the message or the page of the list that its form was on. The value is parsed and built again, so a
 * form cannot redirect to any other address.
 */
export function backHref(value: unknown, flash: Record<string, string>): Route {
  const text = typeof value === 'string' ? value : ''
  if (isUuid(text)) return withQuery(messagePath(text), flash)
  const request = readMessagesRequest(Object.fromEntries(new URLSearchParams(text)))
  return messagesHref(request, { before: request.before, flash })
}
