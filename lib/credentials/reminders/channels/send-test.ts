import { actorName, type Caller } from '../../../kernel/actor'
import { newId } from '../../../kernel/ids'
import { fail, type Result } from '../../../kernel/result'
import { MINUTE_MS } from '../../../kernel/time'
import { mayTest, noteTest, readChannel } from '../../store/channels'
import { deliver } from '../deliver'
import type { ReminderDeps } from '../deps'
import type { SendFault } from '../notice'
import { channelEntry, refuse } from './audit'

/** Sends a test message now, whether the channel is enabled or not. */
export async function sendTestNotice(
  deps: ReminderDeps,
  caller: Caller,
  id: string,
): Promise<Result<void, SendFault | 'gone' | 'too-many'>> {
  const { db, clock } = deps
  const channel = await readChannel(db, id)
  if (!channel) return fail('gone')
  if (!(await mayTest(db, actorName(caller.actor)))) return refuse(deps, 'channel.test', caller, id, 'too-many')
  const at = clock.now()
  const notice = { deliveryId: newId(), occasion: 'test', at, credential: null, thresholdDays: null } as const
  const sent = await deliver(deps, channel, notice, AbortSignal.timeout(MINUTE_MS))
  const details = { kind: channel.kind, code: sent.ok ? null : sent.error.code }
  const audit = channelEntry('channel.test', caller, id, details, sent.ok ? 'done' : 'failed')
  await noteTest(db, id, clock.now(), sent.ok ? null : sent.error, audit)
  return sent
}
