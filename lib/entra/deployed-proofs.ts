import { type Clock, systemClock } from '../kernel/clock'
import { fail } from '../kernel/result'
import { readFederatedToken } from './federated-token'
import { askManagedIdentity, type ManagedIdentity } from './managed-identity'
import type { Proofs } from './proofs'

export interface ProofSettings {
  /** Null: the deployment gives no such file. */
  federatedTokenFile: string | null
  /** Null: the deployment did not switch it on. */
  managedIdentity: ManagedIdentity | null
  clock?: Clock
}

export function createProofs({ federatedTokenFile, managedIdentity, clock = systemClock }: ProofSettings): Proofs {
  return {
    async assertion(source, cloud, signal) {
      if (source === 'federated-token' && federatedTokenFile !== null)
        return readFederatedToken(federatedTokenFile, clock)
      if (source === 'managed-identity' && managedIdentity !== null)
        return askManagedIdentity(managedIdentity, cloud.tokenExchangeAudience, signal)
      const variable = source === 'federated-token' ? 'AZURE_FEDERATED_TOKEN_FILE' : 'POSTROOM_MANAGED_IDENTITY'
      return fail({ kind: 'proof', code: 'secret-missing', source, evidence: `${variable} is not set` })
    },
  }
}
