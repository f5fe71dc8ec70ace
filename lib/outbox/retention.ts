/** Ten years; nothing is kept without an end. */
export const MESSAGE_DAYS_MAX = 3650

/** How long things are kept after a message ended. The text of a delivered or cancelled one goes at once. */
export interface Retention {
  /** The message with its recipients and attempts. */
  messageDays: number
  /** The text of a failed one, without which it cannot be sent again. */
  failedBodyDays: number
}

/** As it is stored; a save names the version it was made on. */
export interface StoredRetention extends Retention {
  version: number
  updatedBy: string | null
  updatedAt: Date | null
}

export const isRetention = ({ messageDays, failedBodyDays }: Retention): boolean =>
  Number.isInteger(messageDays) &&
  Number.isInteger(failedBodyDays) &&
  messageDays >= 1 &&
  messageDays <= MESSAGE_DAYS_MAX &&
  failedBodyDays >= 0 &&
  failedBodyDays <= messageDays
