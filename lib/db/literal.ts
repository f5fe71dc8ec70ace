/** Prisma hands `%`, `_` and `\` on to LIKE as wildcards; here they stand for themselves. */
export const literal = (text: string): string => text.replace(/[\\%_]/g, '\\$&')
