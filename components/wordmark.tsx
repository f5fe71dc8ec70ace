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

/** Logo and name. */
export function Wordmark() {
  return (
    <span className="flex items-center gap-2 text-accent">
      <PigeonHoles className="size-5.5" />
      <span className="text-lg font-[650] tracking-[-0.015em] text-ink">Postroom</span>
    </span>
  )
}
