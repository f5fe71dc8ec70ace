import type { Locale } from '../../../i18n/locale'
import type { Caller } from '../../../kernel/actor'
import { bind } from '../../../kernel/bind'
import { fail, ok, type Result } from '../../../kernel/result'
import { parseProfileName } from '../../../validation/text'
import {
  chooseMessageEvents,
  deleteChannel,
  enableChannel,
  listChannels,
  updateChannel,
  type WebhookChoice,
} from '../../store/channels'
import type { ReminderDeps } from '../deps'
import { add } from './add'
import { channelEntry, refuse } from './audit'
import { renewKey } from './renew-key'
import { sendTestNotice } from './send-test'

/** The recipients of reminders. */
export const createChannels = (deps: ReminderDeps) => ({
  ...bind(deps, { add, change, renewKey, setEnabled, remove, sendTestNotice, chooseMessages }),
  ...bind(deps.db, { list: listChannels }),
})

/**
 * Changes the name and language of a channel. Its destination cannot be changed: another destination is another channel.
 *
 * @param change.after when the channel was last changed, as the person saw it
 */
async function change(
  deps: ReminderDeps,
  caller: Caller,
  { id, name: typed, locale, after }: { id: string; name: unknown; locale: Locale; after: Date },
): Promise<Result<void, 'name' | 'changed'>> {
  const name = parseProfileName(typed)
  if (!name.ok) return fail('name')
  const audit = channelEntry('channel.change', caller, id, { name: name.value, locale })
  const changed = await updateChannel(deps.db, id, { name: name.value, locale, after }, deps.clock.now(), audit)
  return changed ? ok(undefined) : refuse(deps, 'channel.change', caller, id, 'changed')
}

/** @returns false if there is no such channel, or if nothing would change */
const setEnabled = (deps: ReminderDeps, caller: Caller, id: string, enabled: boolean): Promise<boolean> =>
  enableChannel(deps.db, id, enabled, deps.clock.now(), channelEntry('channel.change', caller, id, { enabled }))

/** Removes a channel together with its reminders. @returns false if there is no such channel */
const remove = (deps: ReminderDeps, caller: Caller, id: string): Promise<boolean> =>
  deleteChannel(deps.db, id, deps.clock.now(), channelEntry('channel.remove', caller, id))

/** Chooses what a webhook gets: reminders, and which events of clients' messages. */
async function chooseMessages(
  deps: ReminderDeps,
  caller: Caller,
  id: string,
  chosen: WebhookChoice,
): Promise<Result<void, 'changed'>> {
  const { reminders, events, clientId: client } = chosen
  const audit = channelEntry('channel.change', caller, id, { reminders, events: events.join(' '), client })
  const changed = await chooseMessageEvents(deps.db, id, chosen, deps.clock.now(), audit)
  return changed ? ok(undefined) : refuse(deps, 'channel.change', caller, id, 'changed')
}
