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
import { dropNotice, keepNotice, readNotice } from './notices'
import { addOperator, changeOperator, isNew, listOperators, pageOfOperators, rescueOperator } from './operators'
import { endOtherSessions, endSession, getSession, isFresh, listSessions, signedSession, signOut } from './sessions'
import { ensureSetupToken, setUp, setUpView } from './set-up-link'

/**
 * Signing in and staying signed in, one's own account, and the accounts of others. It handles neither HTTP nor pages: it takes headers
 * and returns cookies. Every change and every denial leaves one audit entry, in the transaction of the change.
 */
export const createSignIn = (deps: AccountsDeps) =>
  bind(deps, {
    signedSession,
    getSession,
    enterPassword,
    awaitsCode,
    enterCode,
    signOut,
    ensureSetupToken,
    setUpView,
    setUp,
    isFresh,
    demandConfirmation,
    confirm,
    mayChoosePassword,
    changePassword,
    chooseLocale,
    beginEnrolment,
    pendingEnrolment,
    confirmEnrolment,
    removeOwnFactor,
    renewBackupCodes,
    backupCodesLeft,
    notice: readNotice,
    keepNotice,
    dropNotice,
    isNew,
    operators: listOperators,
    pageOfOperators,
    addOperator,
    changeOperator,
    rescueOperator,
    sessions: listSessions,
    endSession,
    endOtherSessions,
  })
export type SignIn = ReturnType<typeof createSignIn>
