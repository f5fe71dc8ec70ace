import { AuthError, type INetworkModule, type NetworkRequestOptions, type NetworkResponse } from '@azure/msal-node'
import type { HttpFault, HttpReply, Https } from '../net'
import { usableToken } from './token-reply'

/** What really happened on the wire; MSAL's errors lose most of it. */
export type Exchange = { kind: 'answered'; reply: HttpReply; usable: boolean } | { kind: 'failed'; fault: HttpFault }

/**
 * MSAL's door to the network, ours: only the cloud's own origin, no redirect, with limits (N-07). One object serves one
 * call, so its trace is that call's.
 */
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
    const result = await this.client.request(
      {
        url,
        method,
        ...(options.headers ? { headers: options.headers } : {}),
        ...(options.body ? { body: options.body } : {}),
      },
      { origins: [this.origin], signal: this.signal },
    )
    if (!result.ok) {
      this.trace.push({ kind: 'failed', fault: result.error })
      throw unread()
    }
    const reply = result.value
    const usable = reply.status === 200 ? usableToken(reply.body) !== null : isRefusal(reply.body)
    this.trace.push({ kind: 'answered', reply, usable })
    if (!usable) throw unread()
    // MSAL's own type parameter is a promise about the peer; what it reads was checked above.
    return { status: reply.status, headers: reply.headers, body: reply.body as T }
  }
}

/** Only an AuthError passes through MSAL as it is; the trace tells what it stands for. */
const unread = (): AuthError => new AuthError('no_usable_reply', '')

/** In any status but 200 only a string `error` is Entra's; gateways and filters answer in JSON too, and MSAL takes theirs for success. */
const isRefusal = (body: unknown): boolean => isObject(body) && typeof body.error === 'string' && body.error !== ''

export const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
