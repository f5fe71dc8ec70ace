import { type Clock, systemClock } from '../kernel/clock'
import type { Cloud } from '../kernel/clouds'
import type { AssertionFault, EntraFault, NetFault } from '../kernel/faults'
import type { Redacted } from '../kernel/redacted'
import { fail, type Result } from '../kernel/result'
import { readFederatedToken } from './federated-token'
import { askManagedIdentity, type ManagedIdentity } from './managed-identity'

/** What the deployment gives. It alone decides what the console shows Entra in place of a secret. */
export interface ClientAssertionSettings {
  /** Null if the deployment gives no such file. */
  federatedTokenFile: string | null
  /** Null if the deployment has not switched it on. */
  managedIdentity: ManagedIdentity | null
  clock?: Clock
}

export type ClientAssertions = ReturnType<typeof createClientAssertions>

export function createClientAssertions({
  federatedTokenFile,
  managedIdentity,
  clock = systemClock,
}: ClientAssertionSettings) {
  return {
    /** A token that this cloud's Entra accepts as client assertion. It is read or requested again on each call. */
    async assertion(
      source: AssertionFault['source'],
      cloud: Cloud,
      signal: AbortSignal,
    ): Promise<Result<Redacted, AssertionFault | NetFault | EntraFault>> {
      if (source === 'federated-token' && federatedTokenFile !== null)
        return readFederatedToken(federatedTokenFile, clock)
      if (source === 'managed-identity' && managedIdentity !== null)
        return askManagedIdentity(managedIdentity, cloud.tokenExchangeAudience, signal)
      const variable = source === 'federated-token' ? 'AZURE_FEDERATED_TOKEN_FILE' : 'POSTROOM_MANAGED_IDENTITY'
      return fail({ kind: 'assertion', code: 'secret-missing', source, evidence: `${variable} is not set` })
    },
  }
}
