import type { Locale } from '../../../i18n/locale'
import type { Caller } from '../../../kernel/actor'
import { bind } from '../../../kernel/bind'
import { fail, ok, type Result } from '../../../kernel/result'
import { parseProfileName } from '../../../validation/text'
import { deleteChannel, listChannels, updateChannel } from '../../store/channels'
import type { ReminderDeps } from '../deps'
import type { MessageEventKind } from '../kinds'
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
  const changed = await updateChannel(deps, id, { updatedAt: after }, { name: name.value, locale }, audit)
  return changed ? ok(undefined) : refuse(deps, 'channel.change', caller, id, 'changed')
}

/** @returns false if there is no such channel, or if nothing would change */
const setEnabled = (deps: ReminderDeps, caller: Caller, id: string, enabled: boolean): Promise<boolean> =>
  updateChannel(deps, id, { enabled: !enabled }, { enabled }, channelEntry('channel.change', caller, id, { enabled }))

/** Removes a channel together with its reminders. @returns false if there is no such channel */
const remove = (deps: ReminderDeps, caller: Caller, id: string): Promise<boolean> =>
  deleteChannel(deps.db, id, deps.clock.now(), channelEntry('channel.remove', caller, id))

/** What a webhook gets. */
interface WebhookChoice {
  reminders: boolean
  events: readonly MessageEventKind[]
  /** Null for those of all clients. */
  clientId: string | null
  /** When the webhook was last changed, as the person saw it. */
  after: Date
}

/** Chooses what a webhook gets: reminders, and which events of clients' messages. */
async function chooseMessages(
  deps: ReminderDeps,
  caller: Caller,
  id: string,
  { reminders, events, clientId: client, after }: WebhookChoice,
): Promise<Result<void, 'changed'>> {
  const audit = channelEntry('channel.change', caller, id, { reminders, events: events.join(' '), client })
  const choice = { messageEvents: [...events], messageClientId: client, reminders }
  const changed = await updateChannel(deps, id, { kind: 'webhook', updatedAt: after }, choice, audit)
  return changed ? ok(undefined) : refuse(deps, 'channel.change', caller, id, 'changed')
}
