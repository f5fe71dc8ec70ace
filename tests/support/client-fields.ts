import { type ClientFields, NO_FIELDS } from '../../lib/submission/client'

/** A printer with what the form of a client must have, and nothing else. */
export const CLIENT_FIELDS: ClientFields = {
  ...NO_FIELDS,
  kind: 'printer',
  name: 'Scanner',
  senders: 'scanner@contoso.example',
}
