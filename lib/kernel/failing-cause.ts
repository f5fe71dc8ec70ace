/**
 * Why mail is failing. Each cause has its own text, because a wrong cause is worse than none.
 * `unreadable`: the stored settings or their secret cannot be used. `paused`: a fault has paused delivery. `test`, `delivery`: the
 * latest test of the saved settings, or the latest delivery attempt, failed. `credential-refused`: Entra rejects the current credential.
 */
export type FailingCause =
  | { kind: 'unreadable' | 'paused' | 'credential-refused' }
  | { kind: 'test'; evidenceId: string }
  /** `resumedAt`: delivery was resumed after that attempt, and there was none since. */
  | { kind: 'delivery'; evidenceId: string; resumedAt?: Date }
