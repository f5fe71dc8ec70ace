import { type CredentialsRoom, createCredentialsRoom } from '../credentials'
import type { Db } from '../db/client'
import { createCredentialStore } from '../db/credentials'
import type { Clock } from '../kernel/clock'
import type { Vault } from '../kernel/sealing'
import type { Environment } from './environment'

export interface CredentialsWiring {
  environment: Pick<Environment, 'clouds'>
  clock: Clock
  db: Db
  vault: Vault
}

export function credentialsRoom({ environment, clock, db, vault }: CredentialsWiring): CredentialsRoom {
  const store = createCredentialStore({ db, clock, vault, clouds: environment.clouds })
  return createCredentialsRoom({ store, clock })
}
