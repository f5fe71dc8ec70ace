import { checkSealingKey } from '../../../db/sealing-key-check'
import type { Locale } from '../../../i18n/locale'
import { actorName, type Caller } from '../../../kernel/actor'
import { newId } from '../../../kernel/ids'
import type { Redacted } from '../../../kernel/redacted'
import { fail, ok, type Result } from '../../../kernel/result'
import { channelBinding } from '../../../kernel/sealing'
import { parseRecipientEmail } from '../../../validation/email-address'
import { parseProfileName } from '../../../validation/text'
import type { Channel } from '../../store/channel-rows'
import { insertChannel, listChannels, readChannel } from '../../store/channels'
import { newSigningKey, readSecret, writeSecret } from '../channel-secret'
import type { ReminderDeps } from '../deps'
import { type ChannelKind, MESSAGE_EVENTS } from '../kinds'
import { channelEntry, refuse } from './audit'

/** More recipients than this are a mailing list. */
export const CHANNELS_MAX = 20
const URL_CHARS_MAX = 2_048

export interface ChannelInput {
  kind: ChannelKind
  name: unknown
  locale: Locale
  /** Of a mail channel. */
  address: unknown
  /** Of a webhook or Teams channel. */
  url: unknown
  /** A webhook for messages of clients: it gets all of their events, and neither reminders nor alerts. */
  isForMessages?: boolean
}

/** `duplicate`: another channel has the same destination. */
export type ChannelProblem = 'name' | 'address' | 'url' | 'full' | 'duplicate' | 'key-wrong'

/** Adds a channel. @returns `key` signs what a webhook gets; it is shown once and cannot be read again */
export async function add(
  deps: ReminderDeps,
  caller: Caller,
  input: ChannelInput,
): Promise<Result<{ id: string; key: Redacted | null }, ChannelProblem>> {
  const { db, vault, clock } = deps
  const parsed = parseChannel(input)
  if (!parsed.ok) return parsed
  const general = (await listChannels(db)).filter(({ ownerOnly }) => !ownerOnly)
  if (general.length >= CHANNELS_MAX) return fail('full')
  for (const channel of general) if (await hasDestination(deps, channel, parsed.value)) return fail('duplicate')
  const id = newId()
  const { kind, locale } = input
  const isForMessages = kind === 'webhook' && input.isForMessages === true
  const { url, ...visible } = parsed.value
  if (url !== null && !(await checkSealingKey(deps)).ok) return refuse(deps, 'channel.create', caller, id, 'key-wrong')
  const key = kind === 'webhook' ? newSigningKey() : null
  const secret = url && writeSecret({ url: url.href, key: key?.reveal() ?? null, previous: null })
  await insertChannel(
    db,
    {
      ...visible,
      id,
      kind,
      locale,
      enabled: true,
      reminders: !isForMessages,
      alerts: !isForMessages,
      messageEvents: isForMessages ? [...MESSAGE_EVENTS] : [],
      ownerOnly: false,
      createdBy: actorName(caller.actor),
      sealed: secret && (await vault.seal(secret, channelBinding(id, kind))),
      kid: secret && vault.currentKid(),
    },
    clock.now(),
    channelEntry('channel.create', caller, id, {
      kind,
      name: visible.name,
      ...(isForMessages && { events: MESSAGE_EVENTS.join(' ') }),
      to: visible.address ?? visible.origin,
      digest: secret && vault.digest(secret.reveal()),
    }),
  )
  return ok({ id, key })
}

type ParsedChannel = Pick<Channel, 'name' | 'address' | 'origin'> & { url: URL | null }

function parseChannel({ kind, name: typed, address, url }: ChannelInput): Result<ParsedChannel, ChannelProblem> {
  const name = parseProfileName(typed)
  if (!name.ok) return fail('name')
  if (kind === 'mail') {
    const to = parseRecipientEmail(address)
    return to.ok ? ok({ name: name.value, address: to.value, origin: null, url: null }) : fail('address')
  }
  const target = typeof url === 'string' && url.length <= URL_CHARS_MAX ? parseUrl(url.trim()) : null
  return target ? ok({ name: name.value, address: null, origin: target.origin, url: target }) : fail('url')
}

/** Whether the address is in a permitted network is decided when it is called. */
function parseUrl(text: string): URL | null {
  const url = URL.canParse(text) ? new URL(text) : null
  return url?.protocol === 'https:' && url.username === '' && url.password === '' ? url : null
}

/** A recipient gets each reminder once, so no two channels may have the same destination. */
async function hasDestination(
  { db, vault }: ReminderDeps,
  channel: Channel,
  { address, origin, url }: ParsedChannel,
): Promise<boolean> {
  if (url === null) return channel.address?.toLowerCase() === address?.toLowerCase()
  const stored = channel.origin === origin ? await readChannel(db, channel.id) : null
  if (!stored?.sealed) return false
  const opened = await vault.open(stored.sealed, channelBinding(stored.id, stored.kind))
  return opened.ok && readSecret(opened.value).url === url.href
}
