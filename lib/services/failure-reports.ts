import type { Environment } from '../config/environment'
import type { DbDeps } from '../db/client'
import type { Logger } from '../kernel/log'
import { createFailureReports } from '../submission/failure-reports'
import { greetingName } from './mail-server'
import type { Outbox } from './outbox'
import { outboxMails } from './reminders'

interface FailureReportsServiceDeps extends DbDeps {
  environment: Pick<Environment, 'baseUrl'>
  log: Logger
  outbox: Pick<Outbox, 'prepare' | 'wake'>
}

export function composeFailureReports({ environment, outbox, ...deps }: FailureReportsServiceDeps) {
  const { baseUrl } = environment
  const mails = outboxMails(deps.db, outbox, 'report')
  return createFailureReports({ ...deps, ...mails, baseUrl, name: greetingName(baseUrl) })
}
