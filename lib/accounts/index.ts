import * as account from './account'
import { confirm, demandConfirmation } from './confirm'
import { type AccountsDeps, viewOf } from './deps'
import { challenged, enterCode } from './enter-code'
import { enterPassword } from './enter-password'
import * as setUp from './first-administrator'
import { dropNotice, keepNotice, readNotice } from './notices'
import * as people from './operators'
import * as sessions from './sessions'
import type { SignIn } from './sign-in'

/** The room's stories behind one door, each given what it works with. */
export function createSignIn(room: AccountsDeps): SignIn {
  return {
    getSession: (headers) => sessions.getSession(room, headers),
    enterPassword: (call, email, password) => enterPassword(room, call, email, password),
    awaitsCode: async (headers) => (await challenged(room, headers)) !== null,
    enterCode: (call, code) => enterCode(room, call, code),
    signOut: (call) => sessions.signOut(room, call),

    ensureSetupToken: () => setUp.ensureSetupToken(room),
    setUpView: (token) => setUp.setUpView(room, token),
    setUp: (call, input) => setUp.setUp(room, call, input),

    isFresh: (session) => sessions.isFresh(room, session),
    demandConfirmation: (...rest) => demandConfirmation(room, ...rest),
    confirm: (...rest) => confirm(room, ...rest),
    mayChoosePassword: (...rest) => account.ownPassword(...rest).ok,
    changePassword: (...rest) => account.changePassword(room, ...rest),
    beginEnrolment: (...rest) => account.beginEnrolment(room, ...rest),
    pendingEnrolment: (session) => account.pendingEnrolment(room, session),
    confirmEnrolment: (...rest) => account.confirmEnrolment(room, ...rest),
    removeOwnFactor: (...rest) => account.removeOwnFactor(room, ...rest),
    renewBackupCodes: (...rest) => account.renewBackupCodes(room, ...rest),
    chooseLocale: (operatorId, locale) => account.chooseLocale(room, operatorId, locale),
    notice: (operatorId) => readNotice(room, operatorId),
    keepNotice: (operatorId, notice) => keepNotice(room, operatorId, notice),
    dropNotice: (operatorId) => dropNotice(room, operatorId),

    operators: async () => (await room.database.tables.operators()).map(viewOf),
    sessions: (operatorId) => sessions.listSessions(room, operatorId),
    endSession: (...rest) => sessions.endSession(room, ...rest),
    addOperator: (caller, input) => people.addOperator(room, caller, input),
    changeOperator: (...rest) => people.changeOperator(room, ...rest),
    rescueOperator: (...rest) => people.rescueOperator(room, ...rest),
  }
}
