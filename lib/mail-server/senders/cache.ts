import type { Db } from '../../db/client'
import type { Clock } from '../../kernel/clock'
import type { Cloud } from '../../kernel/clouds'
import type { Logger } from '../../kernel/log'
import { destinationOf, type MailServerSettings } from '../../kernel/mail-server-settings'
import type { Vault } from '../../kernel/sealing'
import type { KnownSender } from '../../policy'
import { sameAddress } from '../../policy/sender'
import { senderDigest } from './digest'
import type { SenderEvidence } from './ports'
import { readSenders, recordSenderResult, sendersVersion } from './store'

type Senders = ReadonlyMap<string, KnownSender>
const NONE: Senders = new Map()

/** What is known of a mail server's senders under the settings that are asked about. */
export interface SendersKnown {
  /** A word that was said under other settings is left out. */
  under(mailServerId: string, settings: MailServerSettings): Promise<Senders>
  /** What a word on this address would be about; null: there is nothing to ask, as at a server that is not Exchange Online. */
  digestOf(settings: MailServerSettings, sender: { address: string; mailbox: string }): string | null
}

export interface SenderCacheDeps {
  environment: { clouds: readonly Cloud[] }
  db: Db
  vault: Pick<Vault, 'digest'>
}

export function sendersKnown({ environment, db, vault }: SenderCacheDeps): SendersKnown {
  // Asked for at each attempt: read anew only when one of both has changed.
  const held = new Map<string, { version: number | null; settings: string; senders: Senders }>()

  const digestOf: SendersKnown['digestOf'] = (settings, sender) => {
    if (settings.type === 'smtp') return null
    const destination = destinationOf(settings, environment.clouds)
    return destination && senderDigest(destination, sender, vault)
  }

  async function read(mailServerId: string, settings: MailServerSettings): Promise<Senders> {
    const stored = await readSenders(db, mailServerId)
    const others = stored.filter(({ address }) => !sameAddress(address, settings.senderAddress))
    return new Map(
      others.map(({ address, way, digest, word }) => {
        const mailbox = way === 'login' ? address : settings.senderAddress
        const holds = digest !== null && digest === digestOf(settings, { address, mailbox })
        return [address, { way, lastResult: holds ? word : null }]
      }),
    )
  }

  return {
    digestOf,
    async under(mailServerId, settings) {
      if (settings.type === 'smtp') return NONE
      const version = await sendersVersion(db, mailServerId)
      const text = JSON.stringify(settings)
      const known = held.get(mailServerId)
      if (known && known.version === version && known.settings === text) return known.senders
      const senders = await read(mailServerId, settings)
      held.set(mailServerId, { version, settings: text, senders })
      return senders
    },
  }
}

/** Keeps what delivery learns of senders. */
export const senderEvidence = ({ db, clock, log }: { db: Db; clock: Clock; log: Logger }): SenderEvidence => ({
  async note(told) {
    try {
      await recordSenderResult(db, told, clock.now())
      return true
    } catch (error) {
      log.error('what an attempt told of a sender is not kept', { error })
      return false
    }
  },
})
