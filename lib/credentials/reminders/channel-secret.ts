import { Redacted } from '../../kernel/redacted'

/** After a renewal the former key signs beside the new one for so long: a receiver has a day to change over. */
export const PREVIOUS_KEY_MS = 24 * 60 * 60 * 1000

/** What a webhook or Teams channel keeps sealed. */
export interface ChannelSecret {
  /** Whole address: whoever has it may post. */
  url: string
  /** Signs what a webhook gets; Teams has none. */
  key: string | null
  former: { key: string; until: string } | null
}

export const writeSecret = (secret: ChannelSecret): Redacted => new Redacted(JSON.stringify(secret))

export function readSecret(opened: Redacted): ChannelSecret {
  const { url, key = null, former = null } = JSON.parse(opened.reveal()) as Partial<ChannelSecret> & { url: string }
  return { url, key, former }
}

/** The keys that sign now, the newest first. */
export function signingKeys({ key, former }: ChannelSecret, now: Date): Redacted[] {
  const isStillValid = former !== null && new Date(former.until) > now
  return [...(key === null ? [] : [key]), ...(isStillValid ? [former.key] : [])].map((each) => new Redacted(each))
}

/** @returns the secret with `key` in the place of its own, which goes on signing for a while. */
export const withNewKey = (secret: ChannelSecret, key: Redacted, now: Date): ChannelSecret => ({
  ...secret,
  key: key.reveal(),
  former:
    secret.key === null ? null : { key: secret.key, until: new Date(now.getTime() + PREVIOUS_KEY_MS).toISOString() },
})
