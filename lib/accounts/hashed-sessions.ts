import { createHash } from 'node:crypto'
import { isObject } from '../kernel'

/** One table as better-auth's adapter uses it. */
export type AuthModel = Record<string, (query: Record<string, unknown>) => Promise<unknown>>

/** The part of a session's token that is stored. It finds the row, but does not sign anyone in. */
export const tokenHash = (token: string): string => createHash('sha256').update(token).digest('base64url')

const hasMembers = (value: unknown): value is Record<string, unknown> => isObject(value) && !(value instanceof Date)

/** Every token in a condition or in data becomes its hash; the tokens met on the way are noted by their hash. */
function hashed(value: unknown, met: Map<string, string>): unknown {
  if (Array.isArray(value)) return value.map((item) => hashed(item, met))
  if (!hasMembers(value)) return value
  return Object.fromEntries(
    Object.entries(value).map(([key, inner]) => [key, key === 'token' ? hashedToken(inner, met) : hashed(inner, met)]),
  )
}

function hashedToken(value: unknown, met: Map<string, string>): unknown {
  if (typeof value === 'string') {
    met.set(tokenHash(value), value)
    return tokenHash(value)
  }
  if (Array.isArray(value)) return value.map((item) => hashedToken(item, met))
  // A column selection says `token: true`, a condition `token: { equals: '…' }`.
  return hasMembers(value)
    ? Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, hashedToken(inner, met)]))
    : value
}

/** Rows come back with the token that the library asked for, so that it can continue with it. */
function restored(row: unknown, met: Map<string, string>): unknown {
  if (Array.isArray(row)) return row.map((item) => restored(item, met))
  if (!hasMembers(row) || typeof row.token !== 'string') return row
  return { ...row, token: met.get(row.token) ?? row.token }
}

/** The session table with hashed tokens. The library would store them in plain text, where a reader of a dump finds them. */
export function hashedSessions(model: AuthModel): AuthModel {
  const methods = ['create', 'findFirst', 'findMany', 'update', 'updateMany', 'delete', 'deleteMany', 'count']
  return Object.fromEntries(
    methods.map((name) => [
      name,
      async (query: Record<string, unknown>) => {
        const met = new Map<string, string>()
        const call = model[name]
        if (!call) throw new Error(`the session table has no ${name}`)
        return restored(await call(hashed(query, met) as Record<string, unknown>), met)
      },
    ]),
  )
}
