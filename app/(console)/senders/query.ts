import { type SearchParams, textIn } from '@/app/search-params'
import { SENDER_STATES, type SenderState } from '@/lib/mail-server/senders/state'

export interface SendersQuery {
  /** Id of the mail server; empty for the default one. */
  server: string
  text: string
  /** Null for any state. */
  state: SenderState | null
  /** The page starts after this address; empty for the first page. */
  after: string
}

/** Reads the query. An unknown value counts as absent. */
export const readSendersQuery = (params: SearchParams): SendersQuery => ({
  server: textIn(params, 'server'),
  text: textIn(params, 'text'),
  state: SENDER_STATES.find((known) => known === params.state) ?? null,
  after: textIn(params, 'after').toLowerCase(),
})
