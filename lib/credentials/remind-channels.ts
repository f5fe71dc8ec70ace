import type { AuditEntry } from '../audit/entry'
import { actorName } from '../kernel/actor'
import type { Clock } from '../kernel/clock'
import { parseRecipientEmail } from '../kernel/email-address'
import { newId } from '../kernel/ids'
import type { Locale } from '../kernel/locale'
import { Redacted } from '../kernel/redacted'
import { fail, ok, type Result } from '../kernel/result'
import { channelBinding, type SealedText, type Vault } from '../kernel/sealing'
import { parseProfileName } from '../kernel/text'
import type { CredentialsCaller } from './ports'
import type { Channel, HeldChannel, Send, SendFault } from './remind'
import type { ChannelKind } from './remind-plan'

/** Beyond this a reminder is a mailing list. */
const CHANNELS_MAX = 20
const URL_CHARS_MAX = 2_048
const KEY_CHARS_MIN = 32
const KEY_CHARS_MAX = 200
const TRIAL_MS_MAX = 60_000

export interface ChannelStore {
  /** Oldest first. */
  list(): Promise<Channel[]>
  byId(id: string): Promise<HeldChannel | null>
  create(
    channel: Omit<Channel, 'lastSentAt' | 'lastFault'> & { sealed: SealedText | null; kid: string | null },
    at: Date,
    audit: AuditEntry,
  ): Promise<void>
  /** False: there is none, or it is so already. */
  setEnabled(id: string, enabled: boolean, at: Date, audit: AuditEntry): Promise<boolean>
  /** With its reminders. */
  remove(id: string, at: Date, audit: AuditEntry): Promise<boolean>
  noteTrial(id: string, at: Date, fault: SendFault | null, audit: AuditEntry): Promise<void>
}

export interface ChannelDeps {
  channels: ChannelStore
  clock: Clock
  vault: Vault
  send: Send
  /** False: too many trials in a short time (N-06). */
  mayTry(who: string): Promise<boolean>
}

export interface GivenChannel {
  kind: ChannelKind
  name: unknown
  locale: Locale
  /** Of a mail channel. */
  address: unknown
  /** Of the others. */
  url: unknown
  key: unknown
}
export type ChannelProblem = 'name' | 'address' | 'url' | 'key' | 'full'

export interface ChannelsRoom {
  list(): Promise<Channel[]>
  add(caller: CredentialsCaller, given: GivenChannel): Promise<Result<{ id: string }, ChannelProblem>>
  setEnabled(caller: CredentialsCaller, id: string, enabled: boolean): Promise<boolean>
  remove(caller: CredentialsCaller, id: string): Promise<boolean>
  /** Sends a trial message now, whether the channel is on or off. */
  tryOut(caller: CredentialsCaller, id: string): Promise<Result<void, SendFault | 'gone' | 'too-many'>>
}

export function createChannels({ channels, clock, vault, send, mayTry }: ChannelDeps): ChannelsRoom {
  return {
    list: () => channels.list(),

    async add(caller, given) {
      const read = readChannel(given)
      if (!read.ok) return read
      if ((await channels.list()).length >= CHANNELS_MAX) return fail('full')
      const { secret, ...shown } = read.value
      const id = newId()
      const { kind, locale } = given
      await channels.create(
        {
          ...shown,
          id,
          kind,
          locale,
          enabled: true,
          createdBy: actorName(caller.actor),
          sealed: secret && (await vault.seal(secret, channelBinding(id, kind))),
          kid: secret && vault.currentKid(),
        },
        clock.now(),
        entry('channel.create', caller, id, { kind, name: shown.name, to: shown.address ?? shown.origin }),
      )
      return ok({ id })
    },

    setEnabled: (caller, id, enabled) =>
      channels.setEnabled(id, enabled, clock.now(), entry('channel.change', caller, id, { enabled })),

    remove: (caller, id) => channels.remove(id, clock.now(), entry('channel.remove', caller, id, {})),

    async tryOut(caller, id) {
      const channel = await channels.byId(id)
      if (!channel) return fail('gone')
      if (!(await mayTry(actorName(caller.actor)))) return fail('too-many')
      const at = clock.now()
      const notice = { deliveryId: newId(), occasion: 'test', at, credential: null, thresholdDays: null } as const
      const sent = await send(channel, notice, AbortSignal.timeout(TRIAL_MS_MAX))
      const code = sent.ok ? null : sent.error.code
      const audit = entry('channel.test', caller, id, { kind: channel.kind, code }, sent.ok ? 'done' : 'failed')
      await channels.noteTrial(id, clock.now(), sent.ok ? null : sent.error, audit)
      return sent
    },
  }
}

type ReadChannel = Pick<Channel, 'name' | 'address' | 'origin'> & { secret: Redacted | null }

function readChannel({ kind, name: typed, address, url, key }: GivenChannel): Result<ReadChannel, ChannelProblem> {
  const name = parseProfileName(typed)
  if (!name.ok) return fail('name')
  if (kind === 'mail') {
    const to = parseRecipientEmail(address)
    return to.ok ? ok({ name: name.value, address: to.value, origin: null, secret: null }) : fail('address')
  }
  const target = typeof url === 'string' && url.length <= URL_CHARS_MAX ? secretUrl(url.trim()) : null
  if (!target) return fail('url')
  if (kind === 'webhook' && !isKey(key)) return fail('key')
  const secret = new Redacted(JSON.stringify({ url: target.href, ...(kind === 'webhook' && { key }) }))
  return ok({ name: name.value, address: null, origin: target.origin, secret })
}

/** Which networks it may lie in is asked when it is called (N-02). */
function secretUrl(text: string): URL | null {
  const url = URL.canParse(text) ? new URL(text) : null
  return url?.protocol === 'https:' && url.username === '' && url.password === '' ? url : null
}

const isKey = (key: unknown): boolean =>
  typeof key === 'string' && key.length >= KEY_CHARS_MIN && key.length <= KEY_CHARS_MAX && /^[\x21-\x7e]+$/.test(key)

function entry(
  action: Extract<AuditEntry['action'], `channel.${string}`>,
  { actor, origin }: CredentialsCaller,
  id: string,
  details: AuditEntry['details'],
  result: AuditEntry['result'] = 'done',
): AuditEntry {
  return { action, actor, origin, result, subject: `channel:${id}`, details }
}
