import { bindCurrent } from '../db'
import { bind } from '../kernel'
import { runDailyChecks } from './daily-checks'
import type { CredentialsDeps } from './deps'
import { edit, takeFoundDate } from './edit'
import { graphCommands } from './grant'
import { discover } from './inventory/discover'
import { login, renew } from './login'
import { probe } from './probe'
import { reminderNotice } from './reminders/notice'
import { planNow } from './reminders/plan-now'
import { renewalRight } from './renewal-right'
import { addNext } from './rotation/add-next'
import { advanceDueRotations } from './rotation/advance'
import { rotateNow } from './rotation/begin'
import { goBack, makeCurrent } from './rotation/make-current'
import { discardNext, remove } from './rotation/remove'
import { resume, stop } from './rotation/resume-or-stop'
import { sharedWith } from './rotation/shared-with'
import { testNext } from './rotation/test-next'
import { namedCredentials } from './store/credentials'
import { listProbes } from './store/probes'
import { listReminders } from './store/reminders'
import { listRotations } from './store/rotations'
import { readWatch } from './store/watch-settings'
import { apiKeys, byId, certificateFile, expiring, keysAhead, list, measured, slots, warnings } from './views'
import { saveWatch } from './watch'

/** The credentials of all mail servers, for the console, the command line and the worker. */
export function createCredentials(deps: CredentialsDeps) {
  return {
    ...bindCurrent(deps, {
      list,
      apiKeys,
      keysAhead,
      expiring,
      measured,
      byId,
      slots,
      warnings,
      saveWatch,
      certificateFile,
    }),
    ...bindCurrent(deps, { edit, takeFoundDate, probe, discover, runDailyChecks }),
    ...bindCurrent(deps, { addNext, testNext, makeCurrent, goBack, discardNext, remove, sharedWith }),
    ...bindCurrent(deps, { planReminders: planNow, reminderNotice }),
    ...bindCurrent(deps, { rotateNow, resume, stop, advanceDueRotations, graphCommands }),
    ...bindCurrent({ ...deps, seenRights: new Map<string, number>() }, { renewalRight }),
    ...bindCurrent({ ...deps, reported: new Map<string, string>() }, { login, renew }),
    ...bind(deps.db, { named: namedCredentials, watch: readWatch, probes: listProbes, rotations: listRotations }),
    ...bind(deps.db, { reminders: listReminders }),
  }
}
export type Credentials = ReturnType<typeof createCredentials>
