import type { ReactNode } from 'react'

/** The logo, which is four pigeon-holes of a sorting rack, one of them filled; the name, and whose console it is. */
export function Wordmark({ organisation }: { organisation?: ReactNode }) {
  return (
    <span className="flex min-w-0 items-center gap-2 text-accent">
      <svg
        viewBox="0 0 32 32"
        fill="none"
        stroke="currentColor"
        strokeWidth="1.75"
        strokeLinejoin="round"
        className="size-5.5 shrink-0"
        aria-hidden="true"
      >
        <rect x="3.5" y="4.5" width="25" height="23" rx="3" />
        <path d="M16 4.5v23M3.5 16h25" />
        <path d="M19 19.2h6.5v5.3H19z" fill="currentColor" stroke="none" />
      </svg>
      <span className="grid min-w-0">
        <span className="text-lg leading-6 font-[650] whitespace-nowrap tracking-[-0.015em] text-ink">Postroom</span>
        {organisation && (
          <span className="truncate text-xs leading-4 text-faint empty:hidden max-rail:hidden">{organisation}</span>
        )}
      </span>
    </span>
  )
}
