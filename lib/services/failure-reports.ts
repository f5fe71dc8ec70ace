import type { Environment } from '../config/environment'
import type { Db } from '../db/client'
import type { Clock } from '../kernel/clock'
import type { Logger } from '../kernel/log'
import { createFailureReports, type FailureReports } from '../submission/failure-reports'
import { greetingName } from './mail-server'
import type { Outbox } from './outbox'
import { outboxMails } from './reminders'

export function composeFailureReports({
  environment: { baseUrl },
  outbox,
  ...deps
}: {
  environment: Pick<Environment, 'baseUrl'>
  db: Db
  clock: Clock
  log: Logger
  outbox: Pick<Outbox, 'prepare' | 'wake'>
}): FailureReports {
  return createFailureReports({
    ...deps,
    baseUrl,
    name: greetingName(baseUrl),
    ...outboxMails(deps.db, outbox, 'report'),
  })
}
