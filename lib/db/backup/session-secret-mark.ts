import { createHmac } from 'node:crypto'
import type { Redacted } from '../../kernel/redacted'

const MARK_OCTETS = 12

/**
 * Tells whether two deployments have the same session secret without telling it: second factors are encrypted under it, so
 * under another one nobody's code is right.
 */
export const sessionSecretMark = (authSecret: Redacted): string =>
  createHmac('sha256', authSecret.reveal())
    .update('postroom backup')
    .digest()
    .subarray(0, MARK_OCTETS)
    .toString('base64url')
