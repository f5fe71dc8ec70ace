/** What is watched. The value from which each kind is an alert is a setting; these are the least and the largest that can be set. */
export const THRESHOLDS = {
  'queue-age': { field: 'queueMinutes', min: 1, max: 7_200 },
  failures: { field: 'failuresPerMinute', min: 1, max: 10_000 },
  'server-paused': { field: 'pausedMinutes', min: 0, max: 7_200 },
  certificate: { field: 'certificateDays', min: 1, max: 365 },
  disk: { field: 'diskGib', min: 1, max: 10_000 },
  'client-silent': { field: 'silentHours', min: 1, max: 1_000 },
} as const
export type AlertKind = keyof typeof THRESHOLDS
export const ALERT_KINDS = Object.keys(THRESHOLDS) as AlertKind[]
export type ThresholdField = (typeof THRESHOLDS)[AlertKind]['field']

export const REPEAT_HOURS = { min: 1, max: 168 } as const

/** Names and numbers for the texts. */
export type AlertDetails = Readonly<Record<string, string | number | null>>

/** Something that is the case now and that people should know. */
export interface Condition {
  kind: AlertKind
  /** What it is about, such as `client:<id>`; empty if there is only one of its kind. */
  subject: string
  details: AlertDetails
}
