import type { NetFault } from '../kernel/faults'
import { Redacted } from '../kernel/redacted'
import { fail, ok, type Result } from '../kernel/result'
import type { Dialer } from '../net/dialer'
import type { BadReply } from '../net/exchange'
import { overTls, refused } from '../net/https'
import { createScrubber } from '../net/scrub'

/** A receiver that takes longer should take the message first and work on it afterwards. */
const HEADERS_MS_MAX = 10_000
const TOTAL_MS_MAX = 15_000
/** Enough to say what is wrong; nobody reads more. */
const BODY_BYTES_MAX = 4096
/** Parts of an address shorter than this are words, such as `v1`, and taking them out would spoil the text. */
const SECRET_PART_CHARACTERS_MIN = 8

export interface WebhookMessage {
  /** Whole address. It is a secret: whoever has it may post. */
  url: Redacted
  headers?: Record<string, string>
  /** Already encoded; `headers` say as what. */
  body: string
}

export interface WebhookReply {
  status: number
  /** The start of what the receiver said, scrubbed of its own address. */
  text: string
  peerDate: Date | null
  retryAfterMs: number | null
}

export interface WebhookClient {
  /** One POST to any public https origin, of any port; to addresses and ports inside only as the deployment allows (N-02). */
  post(message: WebhookMessage, signal: AbortSignal): Promise<Result<WebhookReply, NetFault | BadReply>>
}

/** No redirects, no proxies, no retries: whoever calls decides by status when to try again. */
export function createWebhookClient(
  dialer: Dialer,
  { headersMs, totalMs } = { headersMs: HEADERS_MS_MAX, totalMs: TOTAL_MS_MAX },
): WebhookClient {
  return {
    async post({ url: address, headers, body }, signal) {
      const url = URL.canParse(address.reveal()) ? new URL(address.reveal()) : null
      if (!url) return fail({ kind: 'net', code: 'address-not-allowed', host: '', port: 0, evidence: 'not a URL' })
      if (url.protocol !== 'https:') return refused(url, 'address-not-allowed', 'only https is spoken here')
      if (url.username !== '' || url.password !== '') return refused(url, 'address-not-allowed', 'a login in a URL')
      const replied = await overTls(
        dialer,
        url,
        { method: 'POST', headers: { accept: 'application/json, text/plain', ...headers }, body },
        { purpose: 'webhook', signal, totalMs, headersMs, bodyBytesMax: BODY_BYTES_MAX, reads: 'start' },
      )
      if (!replied.ok) return replied
      const { status, body: said, peerDate, retryAfterMs } = replied.value
      return ok({ status, text: createScrubber(secretsIn(url))(String(said ?? '')), peerDate, retryAfterMs })
    },
  }
}

/** What must not come back in an evidence text: a receiver may well quote the address it was called by. */
function secretsIn(url: URL): Redacted[] {
  const parts = [url.href, ...url.pathname.split('/'), ...url.searchParams.values()]
  return parts.filter((part) => part.length >= SECRET_PART_CHARACTERS_MIN).map((part) => new Redacted(part))
}
