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

type SearchParams = Record<string, string | string[] | undefined>

/** Longer than any address. */
const TYPED_CHARS_MAX = 320

/** Reads the query. An unknown value counts as absent. */
export function readSendersQuery(params: SearchParams): SendersQuery {
  const typed = (name: string): string => {
    const value = params[name]
    // The database refuses to look for a NUL, and no stored address holds one.
    return (typeof value === 'string' ? value : '').replaceAll('\0', '').trim().slice(0, TYPED_CHARS_MAX)
  }
  return {
    server: typed('server'),
    text: typed('text'),
    state: SENDER_STATES.find((known) => known === params.state) ?? null,
    after: typed('after').toLowerCase(),
  }
}
