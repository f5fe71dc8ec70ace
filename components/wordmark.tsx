import type { ReactNode } from 'react'

/** The logo: four pigeon-holes of a sorting rack, one of them filled. */
export function PigeonHoles({ className = '' }: { className?: string }) {
  return (
    <svg
      viewBox="0 0 32 32"
      fill="none"
      stroke="currentColor"
      strokeWidth="1.75"
      strokeLinejoin="round"
      className={`shrink-0 ${className}`}
      aria-hidden="true"
    >
      <rect x="3.5" y="4.5" width="25" height="23" rx="3" />
      <path d="M16 4.5v23M3.5 16h25" />
      <path d="M19 19.2h6.5v5.3H19z" fill="currentColor" stroke="none" />
    </svg>
  )
}

/** Logo and name, and whose console it is. */
export function Wordmark({ organisation }: { organisation?: ReactNode }) {
  return (
    <span className="flex min-w-0 items-center gap-2 text-accent">
      <PigeonHoles className="size-5.5" />
      <span className="grid min-w-0">
        <span className="text-lg leading-6 font-[650] whitespace-nowrap tracking-[-0.015em] text-ink">Postroom</span>
        {organisation && (
          <span className="truncate text-xs leading-4 text-faint empty:hidden max-sm:hidden">{organisation}</span>
        )}
      </span>
    </span>
  )
}
