/**
 * Where a secret may be sent, normalised: defaults filled in, names in lower case. Two destinations are the same if their texts are
 * equal. The cloud's id is part of it because two clouds share one login origin, and the token would go to another server.
 * A sealed secret is bound to this text, so it cannot be opened for a changed destination.
 */
export type Destination =
  | { type: 'exchange-online-oauth2'; cloud: string; loginOrigin: string; tenantId: string; clientId: string }
  | { type: 'smtp'; host: string; port: number; security: 'starttls' | 'tls' | 'none'; username: string }

const NAMES: Readonly<Record<Destination['type'], readonly string[]>> = {
  smtp: ['type', 'host', 'port', 'security', 'username'],
  'exchange-online-oauth2': ['type', 'cloud', 'loginOrigin', 'tenantId', 'clientId'],
}

/** Writes a destination as one line. It is unambiguous because it is the JSON of an array with fixed positions. */
export const destinationText = (destination: Destination): string =>
  JSON.stringify(NAMES[destination.type].map((name) => Object(destination)[name]))

export const sameDestination = (a: Destination, b: Destination): boolean => destinationText(a) === destinationText(b)

/** Describes the difference between two destination texts for people: `loginOrigin was "https://a.example", is "https://b.example"`. */
export function destinationChange(before: string, after: string): string {
  const [old, now] = [partsOf(before), partsOf(after)]
  if (old[0] !== now[0]) return `type was ${JSON.stringify(old[0])}, is ${JSON.stringify(now[0])}`
  return NAMES[old[0] === 'smtp' ? 'smtp' : 'exchange-online-oauth2']
    .map((name, index) => ({ name, was: JSON.stringify(old[index]), is: JSON.stringify(now[index]) }))
    .filter(({ was, is }) => was !== is)
    .map(({ name, was, is }) => `${name} was ${was}, is ${is}`)
    .join('; ')
}

function partsOf(text: string): unknown[] {
  const parts: unknown = JSON.parse(text)
  return Array.isArray(parts) ? parts : []
}
