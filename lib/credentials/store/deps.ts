import type { Db } from '../../db/client'
import type { Clock } from '../../kernel/clock'
import type { Cloud } from '../../kernel/clouds'
import type { Vault } from '../../kernel/sealing'
import type { CrashPoint } from '../ports'

/** What every part of the credentials' store works with. */
export interface CredentialStoreDeps {
  db: Db
  clock: Clock
  clouds: readonly Cloud[]
  /** For the digest of the revision that a change of credential makes. */
  vault: Vault
  crash: CrashPoint
}
