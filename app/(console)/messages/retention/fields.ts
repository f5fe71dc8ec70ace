export const FIELDS = ['messageDays', 'failedBodyDays'] as const
