/** The sorting rack of a post room: nine pigeon-holes, one letter in. */
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
      <rect x="3" y="4" width="26" height="24" rx="2.5" />
      <path d="M3 12h26M3 20h26M11.7 4v24M20.3 4v24" />
      <path d="M13.3 13.4h5.4v5.2h-5.4z" fill="currentColor" stroke="none" />
    </svg>
  )
}

/** Our name beside our rack. */
export function Wordmark() {
  return (
    <span className="flex items-center gap-2 text-accent">
      <PigeonHoles className="size-6" />
      <span className="text-[1.0625rem] font-[640] tracking-[-0.02em] text-ink">Postroom</span>
    </span>
  )
}
