import type { Db } from '../db/client'
import type { Clock } from '../kernel/clock'
import type { Cloud } from '../kernel/clouds'
import type { MailServerService } from '../mail-server'
import { createSetupGuide, type SetupGuide } from '../setup-guide'
import { testSavedSettings } from '../setup-guide/run-test'

export const composeSetupGuide = ({
  mailServers,
  ...deps
}: {
  clouds: readonly Cloud[]
  clock: Clock
  db: Db
  mailServers: { of(id: string): MailServerService }
}): SetupGuide =>
  createSetupGuide({ ...deps, runTest: (caller, id, to) => testSavedSettings(mailServers.of(id), caller, to) })
