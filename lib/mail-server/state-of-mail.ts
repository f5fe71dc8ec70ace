/** The state of mail in one word, on every page. */
export const MAIL_STATES = ['off', 'failing', 'not-yet-proven', 'expiring', 'delivering'] as const
export type MailState = (typeof MAIL_STATES)[number]

/** Days before the credential's end at which mail counts as expiring: the largest reminder threshold. */
export const EXPIRING_WITHIN_DAYS = 60
const DAY_MS = 24 * 60 * 60 * 1000

/** The first word that holds, most urgent first. */
export function stateOfMail(facts: {
  /** Null: no mail server is configured. */
  latestRun: { outcome: 'accepted' | 'ready' | 'failed' } | null | undefined
  configured: boolean
  proven: boolean
  secretExpiresAt: Date | null
  now: Date
}): MailState {
  if (!facts.configured) return 'off'
  if (facts.latestRun?.outcome === 'failed') return 'failing'
  if (!facts.proven) return 'not-yet-proven'
  if (facts.secretExpiresAt && facts.secretExpiresAt.getTime() - facts.now.getTime() < EXPIRING_WITHIN_DAYS * DAY_MS)
    return 'expiring'
  return 'delivering'
}
