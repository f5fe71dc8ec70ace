import { takeEach } from '../access/rate-limits'
import { type AuditAction, appendAudit, auditEntry, audited } from '../audit'
import { bindCurrent, inOneStep, type Keep, named, rollBack, type Tx } from '../db'
import { CHANNELS_LOCK } from '../db/locks'
import { checkSealingKey } from '../db/sealing-key-check'
import { type Locale, translatorFor } from '../i18n/translations'
import { actorName, bind, type Caller, fail, newId, ok, type Redacted, type Result } from '../kernel'
import { channelBinding } from '../kernel/sealing'
import { parseRecipientEmail } from '../validation/email-address'
import { parseProfileName } from '../validation/text'
import { sendAtOnce } from './at-once'
import { newSigningKey, readSecret, withNewKey, writeSecret } from './channel-secret'
import type { NotificationDeps } from './deps'
import { CHANNEL_KINDS, type ChannelKind, MESSAGE_EVENTS } from './kinds'
import type { Notice, SendFault } from './notice'
import { type Channel, noteResult } from './store/channel-rows'
import { listChannels, readChannel, removeChannel, updateChannel } from './store/channels'

export const createChannels = (deps: NotificationDeps) => ({
  ...bindCurrent(deps, { add, change, renewKey, setEnabled, remove, sendTestNotice }),
  ...bind(deps.db, { list: listChannels }),
})

interface ChannelChange {
  id: string
  name: unknown
  locale: Locale
  /** What a webhook gets; null for another kind of channel. */
  contents: Pick<Channel, 'reminders' | 'messageEvents' | 'messageClientId'> | null
  /** When the channel was last changed, as the person saw it. */
  after: Date
}

/** Changes a channel. Its destination cannot be changed: another destination is another channel. */
async function change(
  deps: NotificationDeps,
  caller: Caller,
  { id, name: typed, locale, contents, after }: ChannelChange,
): Promise<Result<void, 'name' | 'changed'>> {
  const name = parseProfileName(typed)
  if (!name.ok) return fail('name')
  const labels = { name: name.value, locale }
  const details = contents ? { ...labels, ...contents, messageEvents: contents.messageEvents.join(' ') } : labels
  const audit = auditEntry('channel.change', caller, `channel:${id}`, details)
  const where = { updatedAt: after, ...(contents && { kind: 'webhook' }) }
  const changed = await updateChannel(deps, id, where, { ...labels, ...contents }, audit)
  return changed ? ok(undefined) : fail('changed')
}

/** @returns false if there is no such channel */
function setEnabled(deps: NotificationDeps, caller: Caller, id: string, enabled: boolean): Promise<boolean> {
  const audit = auditEntry('channel.change', caller, `channel:${id}`, { enabled })
  return updateChannel(deps, id, { enabled: !enabled }, { enabled }, audit)
}

/** Removes a channel together with its reminders. Returns false if there is no such channel. */
const remove = (deps: NotificationDeps, caller: Caller, id: string): Promise<boolean> =>
  audited(deps, auditEntry('channel.remove', caller, `channel:${id}`), (tx, at) => removeChannel(tx, id, at))

/** The name of a channel, and the signing key that was made for it; null if its kind has none. */
export interface NewKey {
  name: string
  key: Redacted | null
}

export type RenewProblem = 'changed' | 'address-unreadable' | 'key-wrong'

/** Makes a new signing key for a webhook. For a day, messages carry a signature of the previous key as well. */
export async function renewKey(
  deps: NotificationDeps,
  caller: Caller,
  id: string,
  keep?: Keep<NewKey>,
): Promise<Result<{ name: string; key: Redacted }, RenewProblem>> {
  const { db, vault, clock } = deps
  const refused = (reason: RenewProblem) => refuse(deps, 'channel.change', caller, id, reason)
  const channel = await readChannel(db, id)
  if (channel?.kind !== 'webhook' || channel.sealed === null) return fail('changed')
  if (!(await checkSealingKey(deps)).ok) return refused('key-wrong')
  const binding = channelBinding(id, channel.kind)
  const opened = await vault.open(channel.sealed, binding)
  if (!opened.ok) return refused('address-unreadable')
  const key = newSigningKey()
  const secret = writeSecret(withNewKey(readSecret(opened.value), key, clock.now()))
  const renewed = { sealed: await vault.seal(secret, binding), kid: vault.currentKid() }
  const details = { signingKey: 'changed', digest: vault.digest(secret.reveal()) }
  const audit = auditEntry('channel.change', caller, `channel:${id}`, details)
  // If it was renewed since, that key stays.
  const value = { name: channel.name, key }
  const isStored = await updateChannel(deps, id, { sealed: channel.sealed }, renewed, audit, (tx) => keep?.(tx, value))
  return isStored ? ok(value) : fail('changed')
}

/** The same limits as for connection tests, so that channels cannot be used to scan networks. */
const TEST_LIMITS = [
  { name: 'channel-minute', points: 5, perSeconds: 60 },
  { name: 'channel-hour', points: 30, perSeconds: 3600 },
] as const

/** Sends a test message now, whether the channel is enabled or not: a person waits for the result. */
export async function sendTestNotice(
  deps: NotificationDeps,
  caller: Caller,
  id: string,
): Promise<Result<void, SendFault | 'gone' | 'too-many'>> {
  const { db, clock } = deps
  const channel = await readChannel(db, id)
  if (!channel) return fail('gone')
  const key = actorName(caller.actor)
  const uses = TEST_LIMITS.map((limit) => ({ ...limit, key }))
  const turn = await takeEach(db, uses)
  if (!turn.ok) return refuse(deps, 'channel.test', caller, id, 'too-many')
  const at = clock.now()
  const sent = await sendAtOnce(deps, { ...testNotice, deliveryId: newId(), at, channel })
  const endedAt = clock.now()
  const fault = sent.ok ? null : sent.error
  const details = { kind: channel.kind, code: fault?.code ?? null }
  await db.$transaction(async (tx) => {
    // It may have been removed while the message was sent.
    await noteResult(tx, { id: named(id) }, endedAt, fault)
    const result = sent.ok ? 'done' : 'failed'
    await appendAudit(tx, auditEntry('channel.test', caller, `channel:${id}`, details, result), endedAt)
  })
  return sent
}

const consoleUrl = (baseUrl: URL): string => new URL('/credentials', baseUrl).href

const testNotice: Pick<Notice, 'text' | 'event'> = {
  text(locale, baseUrl) {
    const t = translatorFor(locale, 'reminders')
    return {
      title: t('mail.subject.test'),
      intro: t('mail.intro.test'),
      rows: [],
      how: null,
      why: t('mail.why'),
      open: t('mail.open'),
      url: consoleUrl(baseUrl),
    }
  },
  event: (baseUrl) => ({ type: 'test', thresholdDays: null, credential: null, url: consoleUrl(baseUrl) }),
}

/** More recipients than this are a mailing list. */
export const CHANNELS_MAX = 20
const URL_CHARS_MAX = 2_048

interface ChannelInput {
  kind: unknown
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
export type ChannelProblem = 'kind' | 'name' | 'address' | 'url' | 'full' | 'duplicate' | 'key-wrong'

/** Adds a channel. The returned `key` signs what a webhook gets; it is shown once and cannot be read again. */
export async function add(
  deps: NotificationDeps,
  caller: Caller,
  input: ChannelInput,
  keep?: Keep<NewKey>,
): Promise<Result<{ id: string; key: Redacted | null }, readonly ChannelProblem[]>> {
  const { db, vault, clock } = deps
  const parsed = parseChannel(input)
  if (!parsed.ok) return parsed
  const id = newId()
  const { locale } = input
  const { url, ...visible } = parsed.value
  const { kind } = visible
  const isForMessages = kind === 'webhook' && input.isForMessages === true
  if (url !== null && !(await checkSealingKey(deps)).ok) {
    await refuse(deps, 'channel.create', caller, id, 'key-wrong')
    return fail(['key-wrong'])
  }
  const key = kind === 'webhook' ? newSigningKey() : null
  const secret = url && writeSecret({ url: url.href, key: key?.reveal() ?? null, previous: null })
  const channel = {
    ...visible,
    id,
    locale,
    reminders: !isForMessages,
    alerts: !isForMessages,
    messageEvents: isForMessages ? [...MESSAGE_EVENTS] : [],
    createdBy: actorName(caller.actor),
    sealed: secret && (await vault.seal(secret, channelBinding(id, kind))),
    kid: secret && vault.currentKid(),
  }
  const audit = auditEntry('channel.create', caller, `channel:${id}`, {
    kind,
    name: visible.name,
    ...(isForMessages && { events: MESSAGE_EVENTS.join(' ') }),
    to: visible.address ?? visible.origin,
    digest: secret && vault.digest(secret.reveal()),
  })
  const added = await inOneStep<void, ChannelProblem>(db, async (tx) => {
    await tx.$executeRaw`SELECT pg_advisory_xact_lock(${CHANNELS_LOCK})`
    const general = (await listChannels(tx)).filter(({ ownerOnly }) => !ownerOnly)
    if (general.length >= CHANNELS_MAX) rollBack('full')
    for (const known of general) if (await hasDestination({ db: tx, vault }, known, parsed.value)) rollBack('duplicate')
    const at = clock.now()
    await tx.notificationChannel.create({ data: { ...channel, createdAt: at, updatedAt: at } })
    await keep?.(tx, { name: visible.name, key })
    await appendAudit(tx, audit, at)
  })
  return added.ok ? ok({ id, key }) : fail([added.error])
}

type ParsedChannel = Pick<Channel, 'kind' | 'name' | 'address' | 'origin'> & { url: URL | null }

function parseChannel(input: ChannelInput): Result<ParsedChannel, readonly ChannelProblem[]> {
  const kind = CHANNEL_KINDS.find((each) => each === input.kind)
  if (!kind) return fail(['kind'])
  const name = parseProfileName(input.name)
  const to = parseDestination(kind, input)
  if (name.ok && to.ok) return ok({ kind, name: name.value, ...to.value })
  return fail([...(name.ok ? [] : ['name' as const]), ...(to.ok ? [] : [to.error])])
}

type Destination = Pick<ParsedChannel, 'address' | 'origin' | 'url'>

function parseDestination(kind: ChannelKind, input: ChannelInput): Result<Destination, 'address' | 'url'> {
  if (kind === 'mail') {
    const to = parseRecipientEmail(input.address)
    return to.ok ? ok({ address: to.value, origin: null, url: null }) : fail('address')
  }
  const { url: text } = input
  const url = typeof text === 'string' && text.length <= URL_CHARS_MAX ? parseUrl(text.trim()) : null
  return url ? ok({ address: null, origin: url.origin, url }) : fail('url')
}

/** Whether the address is in a permitted network is decided when it is called. */
function parseUrl(text: string): URL | null {
  const url = URL.canParse(text) ? new URL(text) : null
  return url?.protocol === 'https:' && url.username === '' && url.password === '' ? url : null
}

/** A recipient gets each reminder once, so no two channels may have the same destination. */
async function hasDestination(
  { db, vault }: Pick<NotificationDeps, 'vault'> & { db: Tx },
  channel: Channel,
  { address, origin, url }: Destination,
) {
  if (url === null) return channel.address?.toLowerCase() === address?.toLowerCase()
  const stored = channel.origin === origin ? await readChannel(db, channel.id) : null
  if (!stored?.sealed) return false
  const opened = await vault.open(stored.sealed, channelBinding(stored.id, stored.kind))
  return opened.ok && readSecret(opened.value).url === url.href
}

/** Refuses a change and leaves an audit entry about it (docs/decisions/0007). */
export async function refuse<Reason extends string>(
  { audit }: Pick<NotificationDeps, 'audit'>,
  action: Extract<AuditAction, `channel.${string}`>,
  caller: Caller,
  id: string,
  reason: Reason,
): Promise<Result<never, Reason>> {
  await audit.record(auditEntry(action, caller, `channel:${id}`, { why: reason }, 'refused'))
  return fail(reason)
}
