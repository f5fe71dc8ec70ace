import { createHash } from 'node:crypto'
import type { Db } from '../../db'
import type { Clock, Vault } from '../../kernel'
import { destinationText } from '../../kernel/destination'
import { type Cloud, destinationOf, type MailServerSettings, storedSettings } from '../../kernel/mail-server-settings'
import { type KnownSender, sameAddress, verifiedSenders } from '../../policy/sender'
import {
  readSenders,
  recordSenderResult,
  replaceDigest,
  type SenderResult,
  sendersVersion,
  sendersWithKeyedDigest,
} from './store'

type Senders = ReadonlyMap<string, KnownSender>
const NONE: Senders = new Map()

interface SenderCacheDeps {
  environment: { clouds: readonly Cloud[] }
  db: Db
}

/** What is known of the senders of each mail server. It is read at every attempt, so it is cached while nothing has changed. */
export function createSenderCache({ environment, db }: SenderCacheDeps) {
  const cache = new Map<string, { version: number | null; settings: string; senders: Senders }>()

  function digestOf(settings: MailServerSettings, sender: { address: string; mailbox: string }): string | null {
    const text = senderText(settings, sender, environment.clouds)
    return text === null ? null : digestOfText(text)
  }

  async function read(mailServerId: string, settings: MailServerSettings): Promise<Senders> {
    const stored = await readSenders(db, mailServerId)
    const individual = stored.filter(({ address }) => !sameAddress(address, settings.senderAddress))
    return new Map(
      individual.map(({ address, way, digest, result }) => {
        const mailbox = way === 'login' ? address : settings.senderAddress
        const applies = digest !== null && digest === digestOf(settings, { address, mailbox })
        return [address, { way, lastResult: applies ? result : null }]
      }),
    )
  }

  /**
   * The senders of a mail server with these settings. A result from other settings is left out.
   *
   * @param newest `sendersVersion` of the mail server, if the caller has just read it
   */
  async function under(mailServerId: string, settings: MailServerSettings, newest?: number): Promise<Senders> {
    if (settings.type === 'smtp') return NONE
    const version = newest ?? (await sendersVersion(db, mailServerId))
    const text = JSON.stringify(settings)
    const cached = cache.get(mailServerId)
    if (cached && cached.version === version && cached.settings === text) return cached.senders
    const senders = await read(mailServerId, settings)
    cache.set(mailServerId, { version, settings: text, senders })
    return senders
  }

  return { digestOf, under }
}
export type SenderCache = ReturnType<typeof createSenderCache>

export const verifiedAddresses = async (
  { id, senderCache }: { id: string; senderCache: Pick<SenderCache, 'under'> },
  server: MailServerSettings,
  newest?: number,
): Promise<readonly string[]> => verifiedSenders({ senders: await senderCache.under(id, server, newest) })

export const senderRecorder = ({ db, clock }: { db: Db; clock: Clock }) => ({
  note: (result: SenderResult) => recordSenderResult(db, result, clock.now()),
})
export type SenderRecorder = ReturnType<typeof senderRecorder>

/**
 * Identifies what is verified of a sender (docs/decisions/0014): this application, this login mailbox, this address. Secret and sender
 * name are not part of it, because the permissions in Exchange do not depend on them. Null if the mail server does not check senders.
 */
function senderText(
  settings: MailServerSettings,
  { mailbox, address }: { mailbox: string; address: string },
  clouds: readonly Cloud[],
): string | null {
  const destination = settings.type === 'smtp' ? null : destinationOf(settings, clouds)
  return (
    destination &&
    JSON.stringify(['sender', destinationText(destination), mailbox.toLowerCase(), address.toLowerCase()])
  )
}

const digestOfText = (text: string): string => createHash('sha256').update(text, 'utf8').digest('base64url')

/**
 * Runs at every start, before a message is sent. Gives the results that version 0.1 stored the digests of this version.
 *
 * @param deps.vaults one for each sealing key, since each of them may have been the first one then
 */
export async function replaceKeyedDigests(deps: SenderCacheDeps & { vaults: readonly Pick<Vault, 'digest'>[] }) {
  const { environment, db, vaults } = deps
  for (const { mailServerId, address, way, digest, settings: stored } of await sendersWithKeyedDigest(db)) {
    const settings = storedSettings(stored)
    const mailbox = way === 'login' ? address : settings?.senderAddress
    const text = settings && mailbox && senderText(settings, { address, mailbox }, environment.clouds)
    if (text && vaults.some((vault) => vault.digest(text) === digest))
      await replaceDigest(db, { mailServerId, address, digest }, digestOfText(text))
  }
}
