import { randomBytes } from 'node:crypto'
import { DAY_MS } from '../kernel'
import { Redacted } from '../kernel/redacted'

/** After a renewal the previous key is used as well for this long: a receiver has a day to change over. */
export const PREVIOUS_KEY_MS = DAY_MS

/** As many as SHA-256 mixes in (RFC 2104 §3). */
const KEY_BYTES = 32

export const newSigningKey = (): Redacted => new Redacted(randomBytes(KEY_BYTES).toString('base64url'))

/** What a webhook or Teams channel stores sealed. */
export interface ChannelSecret {
  /** The whole address. Anyone who has it can post. */
  url: string
  /** Signs what a webhook gets; null for Teams. */
  key: string | null
  /** The previous key, while it is still used. */
  previous: { key: string; until: string } | null
}

/** The name of the previous key in the stored JSON. Sealed secrets of earlier versions have this name too. */
const PREVIOUS = 'former'

export const writeSecret = ({ url, key, previous }: ChannelSecret): Redacted =>
  new Redacted(JSON.stringify({ url, key, [PREVIOUS]: previous }))

export function readSecret(opened: Redacted): ChannelSecret {
  const stored = JSON.parse(opened.reveal()) as {
    url: string
    key?: string | null
    [PREVIOUS]?: ChannelSecret['previous']
  }
  return { url: stored.url, key: stored.key ?? null, previous: stored[PREVIOUS] ?? null }
}

/** The keys that sign now, newest first. */
export function signingKeys({ key, previous }: ChannelSecret, now: Date): Redacted[] {
  const isStillValid = previous !== null && new Date(previous.until) > now
  return [...(key === null ? [] : [key]), ...(isStillValid ? [previous.key] : [])].map((each) => new Redacted(each))
}

/** @returns the secret with a new key; the previous key is used as well for a while */
export const withNewKey = (secret: ChannelSecret, key: Redacted, now: Date): ChannelSecret => ({
  ...secret,
  key: key.reveal(),
  previous:
    secret.key === null ? null : { key: secret.key, until: new Date(now.getTime() + PREVIOUS_KEY_MS).toISOString() },
})
