import { bind } from '../kernel'
import { startTest } from './connection-test/start'
import type { MailServerDeps } from './deps'
import { parse } from './fields'
import { state, status } from './read-status'
import { permission, remedyFor } from './remedies'
import { restore } from './restore'
import { save } from './save'
import { listRevisions } from './store/revisions'
import { isRemoved } from './store/servers'
import { latestObjectId, listTests, loadTest } from './store/test-runs'
import { savedChange, settingsOf, view } from './view'

/** Everything that console, command line and worker do with one mail server. */
export const createMailServer = (deps: MailServerDeps) =>
  bind(deps, {
    parse,
    view,
    status,
    state,
    savedChange,
    settingsOf,
    save,
    restore,
    test: startTest,
    history: listTests,
    report: loadTest,
    objectId: latestObjectId,
    remedy: remedyFor,
    permission,
    isRemoved,
    revisions: listRevisions,
  })
export type MailServerService = ReturnType<typeof createMailServer>

export type { TestEvent, TestReport } from './connection-test/report'
export type { FieldErrors, RawFields } from './fields'
export { toOauthDraft } from './form-fields'
export type { MailServerView } from './view'
