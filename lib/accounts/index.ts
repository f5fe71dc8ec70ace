import { bind } from '../kernel'
import {
  backupCodesLeft,
  beginEnrolment,
  changePassword,
  chooseLocale,
  confirmEnrolment,
  mayChoosePassword,
  pendingEnrolment,
  removeOwnFactor,
  renewBackupCodes,
} from './account'
import { confirm, demandConfirmation } from './confirm'
import type { AccountsDeps } from './deps'
import { awaitsCode, enterCode } from './enter-code'
import { enterPassword } from './enter-password'
import { ensureSetupToken, setUp, setUpView } from './first-administrator'
import { dropNotice, keepNotice, readNotice } from './notices'
import { addOperator, changeOperator, listOperators, rescueOperator } from './operators'
import { endSession, getSession, isFresh, listSessions, signedSession, signOut } from './sessions'

/** Signing in, one's own account and those of others. It takes headers and returns cookies. Each change and denial leaves an audit entry. */
export const createSignIn = (deps: AccountsDeps) => ({
  ...bind(deps, { signedSession, getSession, isFresh, enterPassword, awaitsCode, enterCode, signOut }),
  ...bind(deps, { confirm, demandConfirmation, mayChoosePassword, changePassword, chooseLocale }),
  ...bind(deps, { beginEnrolment, pendingEnrolment, confirmEnrolment, removeOwnFactor }),
  ...bind(deps, { renewBackupCodes, backupCodesLeft, notice: readNotice, keepNotice, dropNotice }),
  ...bind(deps, { ensureSetupToken, setUpView, setUp, sessions: listSessions, endSession }),
  ...bind(deps, { operators: listOperators, addOperator, changeOperator, rescueOperator }),
})
export type SignIn = ReturnType<typeof createSignIn>
