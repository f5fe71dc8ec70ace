import type { Cloud } from '../kernel/clouds'
import type { EntraFault, NetFault, ProofFault } from '../kernel/faults'
import type { Redacted } from '../kernel/redacted'
import type { Result } from '../kernel/result'

export type ProofSource = ProofFault['source']

/** What the deployment shows Entra in place of a secret; given at wiring, since only the deployment decides it. */
export interface Proofs {
  /** A token that this cloud's Entra takes as client assertion; read or asked anew on each call. */
  assertion(
    source: ProofSource,
    cloud: Cloud,
    signal: AbortSignal,
  ): Promise<Result<Redacted, ProofFault | NetFault | EntraFault>>
}
