import { chainKeys } from '../../lib/crypto/audit-keys'
import { Redacted } from '../../lib/kernel/redacted'

/** For tests only: what a deployment without sealing keys chains its record under. */
export const testChainKeys = chainKeys([], new Redacted('a session secret of the tests, long enough'))
