import { MINUTE_MS, type Result } from '../kernel'
import type { NotificationDeps } from './deps'
import { envelopeOf, noticeMail } from './mail'
import type { Notice, SendFault } from './notice'
import { postNotice } from './post'
import type { StoredChannel } from './store/channel-rows'

type AtOnceDeps = Pick<NotificationDeps, 'vault' | 'clock' | 'log' | 'webhooks' | 'baseUrl' | 'sendNow'>

/** Sends to one channel without the outbox, and stores nothing. */
export function sendAtOnce(
  deps: Omit<AtOnceDeps, 'log'>,
  notice: Notice & { channel: StoredChannel },
): Promise<Result<void, SendFault>> {
  const { channel } = notice
  const signal = AbortSignal.timeout(MINUTE_MS)
  if (channel.kind !== 'mail') return postNotice(deps, channel, notice, signal)
  const text = notice.text(channel.locale, deps.baseUrl)
  return deps.sendNow((senderAddress) => noticeMail(text, senderAddress, envelopeOf(notice)), signal)
}

/**
 * Sends what cannot be stored. The log says what failed.
 *
 * @returns the ids of the channels that got it
 */
export async function sendUnstored(deps: AtOnceDeps, channels: readonly StoredChannel[], notice: Notice) {
  const sent = channels.map(async (channel) => {
    const { id } = channel
    try {
      const result = await sendAtOnce(deps, { ...notice, channel })
      if (result.ok) return [id]
      deps.log.warn('notice not sent', { subject: `channel:${id}`, code: result.error.code })
    } catch (error) {
      // Such as a sign-in at Microsoft that has to note something in the database.
      deps.log.warn('notice not sent', { subject: `channel:${id}`, error })
    }
    return []
  })
  return (await Promise.all(sent)).flat()
}
