import { Redacted } from '../kernel/redacted'
import { chainKeys } from './chain-keys'

/** For tests only: what a deployment without sealing keys chains its record under. */
export const testChainKeys = chainKeys([], new Redacted('a session secret of the tests, long enough'))
