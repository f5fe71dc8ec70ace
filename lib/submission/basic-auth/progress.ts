/** The days that a report covers, `YYYY-MM-DD`. */
export interface Period {
  from: string
  until: string
}

/**
 * How far a sender has moved away from its password. Only traffic decides.
 *
 * - `unused`: no report shows a message.
 * - `open`: it uses a password, and no client is linked.
 * - `linked`: its client has not sent anything yet.
 * - `unconfirmed`: its client sends, and no report covers the time since.
 * - `both`: its client sends, and a later report still shows a use of the password.
 * - `moved`: its client sends, and a later report shows no use of the password. One that counts no uses is none.
 */
export const PROGRESS = ['both', 'open', 'linked', 'unconfirmed', 'moved', 'unused'] as const
export type Progress = (typeof PROGRESS)[number]
