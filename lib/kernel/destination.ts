/**
 * Where a secret may be sent, normalised: defaults filled in, names in lower case. Two destinations are the same exactly
 * when their texts are equal (S-06). The cloud's id counts beside its login origin: two clouds share one, and the token
 * that the secret buys would go to another server. A sealed secret is bound to this text, so a changed destination cannot open it (S-05).
 */
export type Destination =
  | { type: 'exchange-online-oauth2'; cloud: string; loginOrigin: string; tenantId: string; clientId: string }
  | { type: 'smtp'; host: string; port: number; security: 'starttls' | 'tls' | 'none'; username: string }

/** One line, unambiguous because it is JSON of a fixed array. */
export function destinationText(destination: Destination): string {
  return destination.type === 'smtp'
    ? JSON.stringify(['smtp', destination.host, destination.port, destination.security, destination.username])
    : JSON.stringify([
        destination.type,
        destination.cloud,
        destination.loginOrigin,
        destination.tenantId,
        destination.clientId,
      ])
}

export const sameDestination = (a: Destination, b: Destination): boolean => destinationText(a) === destinationText(b)
