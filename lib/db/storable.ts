import type { Prisma } from './generated/client'

/** NUL, which no column of text takes, and halves of a character, as a text that was cut may end with, which no column of JSON takes. */
const UNSTORABLE = /\0|\p{Surrogate}/gu

export const storable = (text: string): string => text.replace(UNSTORABLE, '\ufffd')

/** A value for a column of JSON, with every text in it made storable. */
export const storableJson = (value: object): Prisma.InputJsonValue =>
  JSON.parse(JSON.stringify(value, (_, part) => (typeof part === 'string' ? storable(part) : part)))
