import { AuthError, type INetworkModule, type NetworkRequestOptions, type NetworkResponse } from '@azure/msal-node'
import { isObject } from '../kernel'
import type { HttpFault, HttpReply, Https } from '../net'

/** Visible ASCII without spaces, as a header or an AUTH command allows, and no longer than servers accept a header (16 KB). */
const BEARER = /^[\x21-\x7e]{1,16384}$/
/** Entra gives 60 to 90 minutes. Less than a minute or more than a day is not plausible. */
const EXPIRES_IN_S_MIN = 60
const EXPIRES_IN_S_MAX = 86_400

export const isBearer = (value: unknown): value is string => typeof value === 'string' && BEARER.test(value)

/** A token reply is valid only with a bearer that can be sent and a plausible lifetime. Other types are not understood (RFC 6749 §7.1). */
export function usableToken(body: unknown): { bearer: string; expiresInS: number } | null {
  if (!isObject(body)) return null
  const { token_type: type, access_token: bearer, expires_in: expiresInS } = body
  if (typeof type !== 'string' || type.toLowerCase() !== 'bearer' || !isBearer(bearer)) return null
  if (typeof expiresInS !== 'number' || !(expiresInS >= EXPIRES_IN_S_MIN && expiresInS <= EXPIRES_IN_S_MAX)) return null
  return { bearer, expiresInS }
}

/** What happened on the network. MSAL's errors lose most of it. */
export type Exchange = { kind: 'answered'; reply: HttpReply; usable: boolean } | { kind: 'failed'; fault: HttpFault }

/** Our network client for MSAL: only the origin of the cloud, no redirects, with limits. One object, and its trace, serves one call. */
export class TracedNetwork implements INetworkModule {
  readonly trace: Exchange[] = []

  constructor(
    private readonly client: Https,
    private readonly origin: string,
    private readonly signal: AbortSignal,
  ) {}

  sendGetRequestAsync<T>(url: string, options?: NetworkRequestOptions): Promise<NetworkResponse<T>> {
    return this.exchange('GET', url, options)
  }

  sendPostRequestAsync<T>(url: string, options?: NetworkRequestOptions): Promise<NetworkResponse<T>> {
    return this.exchange('POST', url, options)
  }

  private async exchange<T>(
    method: 'GET' | 'POST',
    url: string,
    options: NetworkRequestOptions = {},
  ): Promise<NetworkResponse<T>> {
    const limits = { origins: [this.origin], signal: this.signal }
    const result = await this.client.request({ ...options, url, method }, limits)
    if (!result.ok) {
      this.trace.push({ kind: 'failed', fault: result.error })
      throw unusableReply()
    }
    const reply = result.value
    const usable = reply.status === 200 ? usableToken(reply.body) !== null : isRefusal(reply.body)
    this.trace.push({ kind: 'answered', reply, usable })
    if (!usable) throw unusableReply()
    // MSAL's type parameter claims the shape of the answer. What it reads was checked above.
    return { status: reply.status, headers: reply.headers, body: reply.body as T }
  }
}

/** Only an AuthError passes through MSAL unchanged. The trace has the reason. */
const unusableReply = (): AuthError => new AuthError('no_usable_reply', '')

/** Except for status 200, only an answer with a string `error` is Entra's. Gateways answer in JSON too, and MSAL takes that for success. */
const isRefusal = (body: unknown): boolean => isObject(body) && typeof body.error === 'string' && body.error !== ''
