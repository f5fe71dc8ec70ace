import type { AuditEntry, AuditResult } from '../../audit/entry'
import type { AuditLog } from '../../audit/log'
import type { Locale } from '../../i18n/locale'
import type { Caller } from '../../kernel/actor'
import { actorName } from '../../kernel/actor'
import type { Clock } from '../../kernel/clock'
import { newId } from '../../kernel/ids'
import type { Redacted } from '../../kernel/redacted'
import { fail, ok, type Result } from '../../kernel/result'
import { channelBinding, type SealedText, type Vault } from '../../kernel/sealing'
import { parseRecipientEmail } from '../../validation/email-address'
import { parseProfileName } from '../../validation/text'

import { readSecret, withNewKey, writeSecret } from './channel-secret'
import type { ChannelKind } from './plan'
import type { Channel, Send, SendFault, StoredChannel } from './send'

/** Beyond this a reminder is a mailing list. */
export const CHANNELS_MAX = 20
const URL_CHARS_MAX = 2_048
const TRIAL_MS_MAX = 60_000

export interface ChannelStore {
  /** Oldest first. */
  list(): Promise<Channel[]>
  byId(id: string): Promise<StoredChannel | null>
  create(
    channel: Omit<Channel, 'lastSentAt' | 'lastFault' | 'updatedAt'> & {
      sealed: SealedText | null
      kid: string | null
    },
    at: Date,
    audit: AuditEntry,
  ): Promise<void>
  /** False: it was changed since `after`, or there is none. */
  change(
    id: string,
    change: Pick<Channel, 'name' | 'locale'> & { after: Date },
    at: Date,
    audit: AuditEntry,
  ): Promise<boolean>
  /** False: what is sealed is not `before` any more. */
  reseal(
    id: string,
    change: { before: SealedText; sealed: SealedText; kid: string },
    at: Date,
    audit: AuditEntry,
  ): Promise<boolean>
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
  audit: Pick<AuditLog, 'record'>
  /** 256 random bits as printable text. */
  newKey(): Redacted
  /** Whether the key that would seal now is the one this database knows by that id (S-09, S-10). */
  keysSound(): Promise<{ ok: true } | { ok: false; error: { kid: string } }>
  /** False: too many trials in a short time (N-06). */
  mayTry(who: string): Promise<boolean>
}

export interface ChannelInput {
  kind: ChannelKind
  name: unknown
  locale: Locale
  /** Of a mail channel. */
  address: unknown
  /** Of the others. */
  url: unknown
}
/** `taken`: another channel leads there. */
export type ChannelProblem = 'name' | 'address' | 'url' | 'full' | 'taken' | 'key-wrong'
export type ChangeProblem = 'name' | 'changed-meanwhile'
export type RenewProblem = 'changed-meanwhile' | 'address-unreadable' | 'key-wrong'

export interface Channels {
  list(): Promise<Channel[]>
  /** `key`: signs what a webhook gets; told once and never again. */
  add(caller: Caller, given: ChannelInput): Promise<Result<{ id: string; key: Redacted | null }, ChannelProblem>>
  /** Where it leads stays: another destination is another channel. */
  change(
    caller: Caller,
    change: { id: string; name: unknown; locale: Locale; after: Date },
  ): Promise<Result<void, ChangeProblem>>
  /** A new signing key for a webhook; the former one signs beside it for a day. */
  renewKey(caller: Caller, id: string): Promise<Result<{ name: string; key: Redacted }, RenewProblem>>
  setEnabled(caller: Caller, id: string, enabled: boolean): Promise<boolean>
  remove(caller: Caller, id: string): Promise<boolean>
  /** Sends a trial message now, whether the channel is on or off. */
  sendTestNotice(caller: Caller, id: string): Promise<Result<void, SendFault | 'gone' | 'too-many'>>
}

export function createChannels(deps: ChannelDeps): Channels {
  const { channels, clock, vault, send, audit, mayTry } = deps

  /** Leaves the row of a refusal (docs/decisions/0007). */
  async function refuse<Why extends string>(
    action: ChannelAction,
    caller: Caller,
    id: string,
    why: Why,
  ): Promise<Result<never, Why>> {
    await audit.record(entry(action, caller, id, { why }, 'refused'))
    return fail(why)
  }

  /** A recipient is told once, whatever channels there are. */
  async function leadsTo(channel: Channel, { address, origin, url }: ReadChannel): Promise<boolean> {
    if (url === null) return channel.address?.toLowerCase() === address?.toLowerCase()
    const held = channel.origin === origin ? await channels.byId(channel.id) : null
    if (!held?.sealed) return false
    const opened = await vault.open(held.sealed, channelBinding(held.id, held.kind))
    return opened.ok && readSecret(opened.value).url === url.href
  }

  return {
    list: () => channels.list(),

    async add(caller, given) {
      const read = readChannel(given)
      if (!read.ok) return read
      const others = await channels.list()
      const general = others.filter(({ ownerOnly }) => !ownerOnly)
      if (general.length >= CHANNELS_MAX) return fail('full')
      for (const other of general) if (await leadsTo(other, read.value)) return fail('taken')
      const id = newId()
      const { kind, locale } = given
      const { url, ...shown } = read.value
      if (url !== null && !(await deps.keysSound()).ok) return refuse('channel.create', caller, id, 'key-wrong')
      const key = kind === 'webhook' ? deps.newKey() : null
      const secret = url && writeSecret({ url: url.href, key: key?.reveal() ?? null, former: null })
      await channels.create(
        {
          ...shown,
          id,
          kind,
          locale,
          enabled: true,
          ownerOnly: false,
          createdBy: actorName(caller.actor),
          sealed: secret && (await vault.seal(secret, channelBinding(id, kind))),
          kid: secret && vault.currentKid(),
        },
        clock.now(),
        entry('channel.create', caller, id, {
          kind,
          name: shown.name,
          to: shown.address ?? shown.origin,
          digest: secret && vault.digest(secret.reveal()),
        }),
      )
      return ok({ id, key })
    },

    async change(caller, { id, name: typed, locale, after }) {
      const name = parseProfileName(typed)
      if (!name.ok) return fail('name')
      const change = { name: name.value, locale, after }
      const audited = entry('channel.change', caller, id, { name: name.value, locale })
      if (await channels.change(id, change, clock.now(), audited)) return ok(undefined)
      return refuse('channel.change', caller, id, 'changed-meanwhile')
    },

    async renewKey(caller, id) {
      const channel = await channels.byId(id)
      if (channel?.kind !== 'webhook' || channel.sealed === null) return fail('changed-meanwhile')
      if (!(await deps.keysSound()).ok) return refuse('channel.change', caller, id, 'key-wrong')
      const binding = channelBinding(id, channel.kind)
      const opened = await vault.open(channel.sealed, binding)
      if (!opened.ok) return refuse('channel.change', caller, id, 'address-unreadable')
      const key = deps.newKey()
      const secret = writeSecret(withNewKey(readSecret(opened.value), key, clock.now()))
      const renewed = { before: channel.sealed, sealed: await vault.seal(secret, binding), kid: vault.currentKid() }
      const details = { signingKey: 'changed', digest: vault.digest(secret.reveal()) }
      const audited = entry('channel.change', caller, id, details)
      if (await channels.reseal(id, renewed, clock.now(), audited)) return ok({ name: channel.name, key })
      return refuse('channel.change', caller, id, 'changed-meanwhile')
    },

    setEnabled: (caller, id, enabled) =>
      channels.setEnabled(id, enabled, clock.now(), entry('channel.change', caller, id, { enabled })),

    remove: (caller, id) => channels.remove(id, clock.now(), entry('channel.remove', caller, id, {})),

    async sendTestNotice(caller, id) {
      const channel = await channels.byId(id)
      if (!channel) return fail('gone')
      if (!(await mayTry(actorName(caller.actor)))) return refuse('channel.test', caller, id, 'too-many')
      const at = clock.now()
      const notice = { deliveryId: newId(), occasion: 'test', at, credential: null, thresholdDays: null } as const
      const sent = await send(channel, notice, AbortSignal.timeout(TRIAL_MS_MAX))
      const code = sent.ok ? null : sent.error.code
      const audited = entry('channel.test', caller, id, { kind: channel.kind, code }, sent.ok ? 'done' : 'failed')
      await channels.noteTrial(id, clock.now(), sent.ok ? null : sent.error, audited)
      return sent
    },
  }
}

type ReadChannel = Pick<Channel, 'name' | 'address' | 'origin'> & { url: URL | null }

function readChannel({ kind, name: typed, address, url }: ChannelInput): Result<ReadChannel, ChannelProblem> {
  const name = parseProfileName(typed)
  if (!name.ok) return fail('name')
  if (kind === 'mail') {
    const to = parseRecipientEmail(address)
    return to.ok ? ok({ name: name.value, address: to.value, origin: null, url: null }) : fail('address')
  }
  const target = typeof url === 'string' && url.length <= URL_CHARS_MAX ? secretUrl(url.trim()) : null
  return target ? ok({ name: name.value, address: null, origin: target.origin, url: target }) : fail('url')
}

/** Which networks it may lie in is asked when it is called (N-02). */
function secretUrl(text: string): URL | null {
  const url = URL.canParse(text) ? new URL(text) : null
  return url?.protocol === 'https:' && url.username === '' && url.password === '' ? url : null
}

type ChannelAction = Extract<AuditEntry['action'], `channel.${string}`>

function entry(
  action: ChannelAction,
  { actor, origin }: Caller,
  id: string,
  details: AuditEntry['details'],
  result: AuditResult = 'done',
): AuditEntry {
  return { action, actor, origin, result, subject: `channel:${id}`, details }
}
