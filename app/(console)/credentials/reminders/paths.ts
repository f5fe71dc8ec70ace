/** What a finished step may say on the page that it leads to: `?done=…`. */
export const DONE = ['added', 'changed', 'on', 'off', 'removed', 'thresholds', 'sent', 'sending'] as const
export type Done = (typeof DONE)[number]
