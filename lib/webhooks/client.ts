import { fail, type NetFault, ok, type Result } from '../kernel'
import { Redacted } from '../kernel/redacted'
import type { Dialer } from '../net/dialer'
import type { BadReply, HttpReply } from '../net/exchange'
import { call, notAllowed } from '../net/https'
import { createScrubber } from '../net/scrub'

/** A receiver that needs longer should accept the message first and process it afterwards. */
const HEADERS_MS_MAX = 10_000
const TOTAL_MS_MAX = 15_000
/** Enough to explain a fault. */
const BODY_BYTES_MAX = 4096
/** Shorter parts of an address are ordinary words, such as `v1`, which must stay in the text. */
const SECRET_PART_CHARACTERS_MIN = 8

export interface WebhookMessage {
  /** The whole address. It is a secret, because everyone who has it may post. */
  url: Redacted
  headers?: Record<string, string>
  /** The encoded body. `headers` name its type. */
  body: string
}

/** `text`: the start of the receiver's answer, with its address removed. */
type WebhookReply = Pick<HttpReply, 'status' | 'retryAfterMs'> & { text: string }

export type WebhookClient = ReturnType<typeof createWebhookClient>

/** No redirects, no proxies, no retries: the caller decides by the status when to retry. */
export function createWebhookClient(
  dialer: Dialer,
  { headersMs, totalMs } = { headersMs: HEADERS_MS_MAX, totalMs: TOTAL_MS_MAX },
) {
  return {
    /** Sends one POST to any public https origin and port. Internal addresses and ports must be allowed by the deployment. */
    async post(
      { url: address, headers, body }: WebhookMessage,
      signal: AbortSignal,
    ): Promise<Result<WebhookReply, NetFault | BadReply>> {
      const url = URL.canParse(address.reveal()) ? new URL(address.reveal()) : null
      if (!url) return fail({ kind: 'net', code: 'address-not-allowed', host: '', port: 0, evidence: 'not a URL' })
      if (url.protocol !== 'https:') return notAllowed(url, 'only https is spoken here')
      if (url.username !== '' || url.password !== '') return notAllowed(url, 'a login in a URL')
      const replied = await call(
        dialer,
        url,
        { method: 'POST', headers: { accept: 'application/json, text/plain', ...headers }, body },
        { purpose: 'webhook', signal, totalMs, headersMs, bodyBytesMax: BODY_BYTES_MAX, reads: 'start' },
      )
      if (!replied.ok) return replied
      const { status, body: replyBody, retryAfterMs } = replied.value
      return ok({ status, text: createScrubber(secretsIn(url))(String(replyBody ?? '')), retryAfterMs })
    },
  }
}

/** The secrets to remove from the evidence, since a receiver may quote the address that it was called by. */
function secretsIn(url: URL): Redacted[] {
  // A parameter without a value is one itself, as in `?token`.
  const values = [...url.searchParams].map(([name, value]) => value || name)
  const parts = [url.href, ...url.pathname.split('/'), ...values]
  return parts.filter((part) => part.length >= SECRET_PART_CHARACTERS_MIN).map((part) => new Redacted(part))
}
