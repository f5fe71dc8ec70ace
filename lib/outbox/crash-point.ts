/** Called between two steps. A test stops the process there; in production it does nothing. */
export type CrashPoint = (
  point: 'after-read' | 'after-commit' | 'after-claim' | 'after-dot' | 'after-250' | 'after-pause' | 'after-move',
) => void
export const noCrash: CrashPoint = () => {}
