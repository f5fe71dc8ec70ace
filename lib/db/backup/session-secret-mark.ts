import { createHmac } from 'node:crypto'
import type { Redacted } from '../../kernel/redacted'

const MARK_OCTETS = 12

/**
 * Shows whether two deployments have the same session secret without revealing it. Second factors are encrypted under that secret, so
 * under another one no code is correct.
 */
export const sessionSecretMark = (authSecret: Redacted): string =>
  createHmac('sha256', authSecret.reveal())
    .update('postroom backup')
    .digest()
    .subarray(0, MARK_OCTETS)
    .toString('base64url')
