import { SENDER_STATES, type SenderState } from '@/lib/mail-server/senders/state'

export interface SendersQuery {
  /** Id of the mail server; empty: the default one. */
  server: string
  text: string
  /** Null: any. */
  state: SenderState | null
  /** The list goes on behind this address; empty: from the first. */
  after: string
}

type SearchParams = Record<string, string | string[] | undefined>

/** Longer than any address. */
const TYPED_CHARS_MAX = 320

/** Reads the address. What is not known asks for everything, as if it were absent. */
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
