import type { MailState } from '@/lib/mail-server/status'

/** The tone of each state of mail. */
export const STATE_TONE: Record<MailState, keyof typeof TONES> = {
  off: 'neutral',
  failing: 'bad',
  failover: 'warn',
  fallback: 'warn',
  unverified: 'accent',
  expiring: 'warn',
  delivering: 'good',
}

/** The state of mail in one label; the words are `shell: state.*`. */
export function StateBadge({ state, label }: { state: MailState; label: string }) {
  return <StatusBadge tone={STATE_TONE[state]}>{label}</StatusBadge>
}

const TONES = {
  neutral: { text: 'bg-well text-soft', dot: 'fill-mute-fill' },
  good: { text: 'bg-good-wash text-good', dot: 'fill-good-fill' },
  warn: { text: 'bg-warn-wash text-warn', dot: 'fill-warn-fill' },
  bad: { text: 'bg-bad-wash text-bad', dot: 'fill-bad-fill' },
  accent: { text: 'bg-accent-wash text-accent', dot: 'fill-accent' },
}

/** The result of a test, the role of an operator, the outcome of an event: one label with a colour that repeats it. */
export function StatusBadge({ tone, children }: { tone: keyof typeof TONES; children: string }) {
  return (
    <span
      className={`inline-flex items-center gap-1.5 rounded-full py-px pr-2.25 pl-1.75 text-xs leading-5 font-[600] xl:whitespace-nowrap ${TONES[tone].text}`}
    >
      <Dot className={`size-1.5 ${TONES[tone].dot}`} />
      {children}
    </span>
  )
}

/** A dot whose colour repeats the word next to it. */
export function Dot({ className }: { className: string }) {
  return (
    <svg viewBox="0 0 8 8" className={`shrink-0 ${className}`} aria-hidden="true">
      <circle cx="4" cy="4" r="4" />
    </svg>
  )
}
