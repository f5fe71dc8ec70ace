import type { ClientFields } from '../../lib/submission/client'

/** A printer with what the form of a client must have, and nothing else. */
export const CLIENT_FIELDS: ClientFields = {
  kind: 'printer',
  name: 'Scanner',
  owner: '',
  place: '',
  senders: 'scanner@contoso.example',
  networks: '',
  maxPerMinute: '',
  failureReport: '',
  scopes: '',
  expiresAt: '',
}
