import type { MailState } from '@/lib/mail-server/status'

const TONE: Record<MailState, string> = {
  off: 'bg-sunken text-soft',
  failing: 'bg-bad-wash text-bad',
  failover: 'bg-warn-wash text-warn',
  fallback: 'bg-warn-wash text-warn',
  unverified: 'bg-accent-wash text-accent',
  expiring: 'bg-warn-wash text-warn',
  delivering: 'bg-good-wash text-good',
}

/** The state of mail in one label; the words are `shell: state.*`. */
export function StateBadge({ state, label }: { state: MailState; label: string }) {
  return <Badge tone={TONE[state]}>{label}</Badge>
}

const TONES = {
  neutral: 'bg-sunken text-soft',
  good: 'bg-good-wash text-good',
  warn: 'bg-warn-wash text-warn',
  bad: 'bg-bad-wash text-bad',
  accent: 'bg-accent-wash text-accent',
}

/** The result of a test, the role of an operator, the outcome of an event: one label with a colour that repeats it. */
export function StatusBadge({ tone, children }: { tone: keyof typeof TONES; children: string }) {
  return <Badge tone={TONES[tone]}>{children}</Badge>
}

function Badge({ tone, children }: { tone: string; children: string }) {
  return (
    <span
      className={`inline-flex items-center gap-1.5 rounded-full px-2 py-0.5 text-xs font-[600] sm:whitespace-nowrap ${tone}`}
    >
      <svg viewBox="0 0 8 8" className="size-1.5 shrink-0" aria-hidden="true">
        <circle cx="4" cy="4" r="4" fill="currentColor" />
      </svg>
      {children}
    </span>
  )
}
