import { ok, type Result } from '../kernel'
import { Redacted } from '../kernel/redacted'
import { channelBinding } from '../kernel/sealing'
import type { WebhookMessage } from '../webhooks/client'
import { readSecret, signingKeys } from './channel-secret'
import type { NotificationDeps } from './deps'
import { faultOf, type Notice, type SendFault } from './notice'
import type { StoredChannel } from './store/channel-rows'
import { noticeCard, noticeWebhook } from './webhook'

export const postNotice = (
  deps: Pick<NotificationDeps, 'vault' | 'clock' | 'webhooks' | 'baseUrl'>,
  channel: StoredChannel,
  notice: Notice,
  signal: AbortSignal,
): Promise<Result<void, SendFault>> =>
  postTo(deps, channel, signal, ({ url, keys, now }) =>
    channel.kind === 'teams'
      ? noticeCard(notice, { url, baseUrl: deps.baseUrl, locale: channel.locale })
      : noticeWebhook(notice, { url, baseUrl: deps.baseUrl, keys, now }),
  )

/** Posts to a channel's secret address what `compose` makes of it. */
export async function postTo(
  { vault, clock, webhooks }: Pick<NotificationDeps, 'vault' | 'clock' | 'webhooks'>,
  channel: Pick<StoredChannel, 'id' | 'kind' | 'sealed'>,
  signal: AbortSignal,
  compose: (to: { url: Redacted; keys: readonly Redacted[]; now: Date }) => WebhookMessage,
): Promise<Result<void, SendFault>> {
  const binding = channelBinding(channel.id, channel.kind)
  const opened = channel.sealed === null ? null : await vault.open(channel.sealed, binding)
  if (!opened?.ok) return faultOf('address-unreadable')
  const secret = readSecret(opened.value)
  const now = clock.now()
  const message = compose({ url: new Redacted(secret.url), keys: signingKeys(secret, now), now })
  const answer = await webhooks.post(message, signal)
  if (!answer.ok) {
    const { error } = answer
    return error.kind === 'net'
      ? faultOf(error.code, error.evidence)
      : faultOf(error.kind, `${error.status} ${error.problem}`, error.retryAfterMs)
  }
  const { status, text, retryAfterMs } = answer.value
  return status >= 200 && status < 300
    ? ok(undefined)
    : faultOf('http-status', `${status} ${text}`.trim(), retryAfterMs)
}
