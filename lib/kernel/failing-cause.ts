/**
 * Why mail is failing. Each cause is named by words of its own, because naming a wrong one is worse than naming none.
 * `unreadable`: the stored settings or their secret cannot be used. `paused`: a fault has paused delivery. `test`, `delivery`: the
 * latest test of the saved settings, or the latest delivery attempt, failed. `credential-refused`: Entra rejects the current credential.
 */
export type FailingCause =
  | { kind: 'unreadable' | 'paused' | 'credential-refused' }
  | { kind: 'test' | 'delivery'; evidenceId: string }
