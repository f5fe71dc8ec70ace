import type { ReactNode } from 'react'
import type { MailState } from '@/lib/mail-server/status'
import type { Tone } from './answer'

export const STATE_TONE: Record<MailState, Tone> = {
  off: 'neutral',
  failing: 'bad',
  failover: 'warn',
  fallback: 'warn',
  unverified: 'info',
  expiring: 'warn',
  delivering: 'good',
}

/** The state of mail in one label; the words are `shell: state.*`. */
export function StateBadge({ state, label }: { state: MailState; label: string }) {
  return <StatusBadge tone={STATE_TONE[state]}>{label}</StatusBadge>
}

/** The result of a test, the role of an operator, the outcome of an event: one label with a colour that repeats it. */
export const StatusBadge = ({ tone, children }: { tone: Tone; children: ReactNode }) => (
  <span className={`badge badge-${tone}`}>{children}</span>
)

export function Dot({ className }: { className: string }) {
  return (
    <svg viewBox="0 0 8 8" className={`shrink-0 ${className}`} aria-hidden="true">
      <circle cx="4" cy="4" r="4" />
    </svg>
  )
}
