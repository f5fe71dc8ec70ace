import type { Permission } from '@/lib/access/permissions'

/**
 * Every action, route and page of the console and the permission that it needs. role-table.test.ts compares this with the source;
 * the browser tests compare it with the build's list of actions and call each one. `anyone`: before sign-in. `signed-in`: any
 * account, even one that must still enrol a second factor. An action or route that is missing here fails the tests.
 */
export type Gate = Permission | 'anyone' | 'signed-in'

export interface ActionGate {
  name: string
  file: string
  /** What the build's manifest calls it. */
  export: string
  gate: Gate
}

const actions = (file: string, gate: Gate, names: Record<string, string>): ActionGate[] =>
  Object.entries(names).map(([name, exported]) => ({ name, file, export: exported, gate }))

export const ACTION_GATES: readonly ActionGate[] = [
  ...actions('app/(auth)/sign-in/actions.ts', 'anyone', {
    'sign-in.password': 'passwordAction',
    'sign-in.code': 'codeAction',
  }),
  ...actions('app/(auth)/confirm/actions.ts', 'signed-in', { 'sign-in.confirm': 'confirmAction' }),
  ...actions('app/(auth)/sign-out/actions.ts', 'signed-in', { 'sign-in.sign-out': 'signOutAction' }),
  ...actions('app/(auth)/setup/actions.ts', 'anyone', { 'setup.choose-password': 'setUpAction' }),
  ...actions('app/(auth)/enrol/actions.ts', 'signed-in', {
    'second-factor.begin': 'beginAction',
    'second-factor.confirm': 'confirmAction',
  }),
  ...actions('app/(console)/account/actions.ts', 'own-account:write', {
    'account.change-password': 'changePasswordAction',
    'account.choose-locale': 'chooseLocaleAction',
    'account.remove-second-factor': 'removeFactorAction',
    'account.renew-backup-codes': 'renewCodesAction',
    'account.end-session': 'endOwnSessionAction',
    'account.end-other-sessions': 'endOtherSessionsAction',
    'account.drop-notice': 'dropNoticeAction',
  }),
  ...actions('app/(console)/system/actions.ts', 'people:write', {
    'operators.add': 'addOperatorAction',
    'operators.change-role': 'changeRoleAction',
    'operators.set-access': 'setAccessAction',
    'operators.reset-second-factor': 'resetFactorAction',
    'operators.new-link': 'newLinkAction',
    'operators.remove': 'removeAction',
    'sessions.end': 'endSessionAction',
  }),
  ...actions('app/(console)/system/actions.ts', 'system:write', { 'system.organisation': 'saveOrganisationAction' }),
  ...actions('app/(console)/mail-server/actions.ts', 'mail-server:write', { 'mail-server.save': 'saveAction' }),
  ...actions('app/(console)/mail-server/_view/manage-actions.ts', 'mail-server:write', {
    'mail-server.restore': 'restoreAction',
    'mail-server.add': 'addServerAction',
    'mail-server.rename': 'renameServerAction',
    'mail-server.make-default': 'makeDefaultAction',
    'mail-server.backup': 'setFailoverAction',
    'mail-server.remove': 'removeServerAction',
  }),
  ...actions('app/(console)/mail-server/_form/test-action.ts', 'mail-server:test', {
    'mail-server.test': 'testAction',
  }),
  ...actions('app/(console)/credentials/alerts/actions.ts', 'credentials:write', {
    'alerts.settings': 'saveAlertsAction',
  }),
  ...actions('app/(console)/credentials/alerts/actions.ts', 'messages:act', {
    'alerts.acknowledge': 'acknowledgeAlertAction',
  }),
  ...actions('app/(console)/messages/actions.ts', 'messages:act', {
    'messages.change': 'changeAction',
  }),
  ...actions('app/(console)/clients/basic-authentication/actions.ts', 'clients:write', {
    'basic-auth.report': 'addReportAction',
    'basic-auth.remove-report': 'removeReportAction',
    'basic-auth.link': 'linkSenderAction',
    'basic-auth.link-proposed': 'linkProposedAction',
  }),
  ...actions('app/(console)/messages/send/actions.ts', 'messages:send', { 'messages.send': 'sendAction' }),
  ...actions('app/(console)/messages/retention/actions.ts', 'messages:write', {
    'messages.retention': 'saveRetentionAction',
  }),
  ...actions('app/(console)/messages/actions.ts', 'mail-server:write', {
    'messages.pause': 'pauseAction',
    'messages.resume': 'resumeAction',
  }),
  ...actions('app/(console)/clients/actions.ts', 'clients:write', {
    'clients.add': 'addClientAction',
    'clients.change': 'changeClientAction',
    'clients.set-access': 'setClientAccessAction',
    'clients.reset-secret': 'resetSecretAction',
    'clients.remove': 'removeClientAction',
  }),
  ...actions('app/(console)/clients/learning/actions.ts', 'clients:write', {
    'learning.start': 'startLearningAction',
    'learning.stop': 'stopLearningAction',
  }),
  ...actions('app/(console)/credentials/actions.ts', 'credentials:write', {
    'credentials.add-next': 'addNextAction',
    'credentials.make-current': 'makeCurrentAction',
    'credentials.go-back': 'goBackAction',
    'credentials.discard': 'discardNextAction',
    'credentials.stop': 'stopAction',
    'credentials.remove': 'removeAction',
    'credentials.resume': 'resumeAction',
    'credentials.edit': 'editAction',
    'credentials.assign-owners': 'assignOwnersAction',
    'credentials.use-found-date': 'useFoundDateAction',
    'credentials.rotate': 'rotateNowAction',
    'credentials.rotate-ahead': 'rotateAheadAction',
  }),
  ...actions('app/(console)/credentials/actions.ts', 'credentials:test', {
    'credentials.test-next': 'testNextAction',
    'credentials.find': 'findDatesAction',
    'credentials.check': 'checkNowAction',
  }),
  ...actions('app/(console)/credentials/calendar/actions.ts', 'credentials:write', {
    'credentials.feed-create': 'createFeedAction',
    'credentials.feed-revoke': 'revokeFeedAction',
  }),
  ...actions('app/(console)/credentials/reminders/actions.ts', 'credentials:write', {
    'reminders.thresholds': 'saveThresholdsAction',
    'reminders.weekly': 'saveWeeklyAction',
    'reminders.channel-add': 'addChannelAction',
    'reminders.channel-change': 'changeChannelAction',
    'reminders.channel-switch': 'switchChannelAction',
    'reminders.channel-renew-key': 'renewKeyAction',
    'reminders.channel-remove': 'removeChannelAction',
  }),
  ...actions('app/(console)/credentials/reminders/actions.ts', 'credentials:test', {
    'reminders.channel-try': 'testChannelAction',
    'reminders.send-again': 'sendAgainAction',
  }),
  ...actions('app/(console)/credentials/applications/actions.ts', 'credentials:write', {
    'inventory.switch': 'switchAction',
    'inventory.mute': 'muteAction',
    'inventory.mute-all': 'muteMatchingAction',
  }),
  ...actions('app/(console)/credentials/applications/actions.ts', 'credentials:test', {
    'inventory.read': 'readAction',
    'inventory.check': 'checkAction',
  }),
  ...actions('app/(console)/policy/actions.ts', 'policy:write', {
    'policy.change': 'changeAction',
    'policy.restore': 'restoreAction',
  }),
  ...actions('app/(console)/policy/actions.ts', 'policy:simulate', { 'policy.simulate': 'simulateAction' }),
  ...actions('app/(console)/senders/actions.ts', 'mail-server:write', {
    'senders.add': 'addSendersAction',
    'senders.set-way': 'setWayAction',
    'senders.remove': 'removeSenderAction',
  }),
  ...actions('app/(console)/senders/actions.ts', 'mail-server:test', { 'senders.prove': 'verifyAction' }),
  ...actions('app/(console)/set-up/actions.ts', 'mail-server:test', {
    'set-up.check': 'checkAction',
    'set-up.start-retry': 'startRetryAction',
    'set-up.cancel-retry': 'cancelRetryAction',
  }),
]

/**
 * The actions that need a fresh session, because they change a destination, a secret, who may submit mail, who learns of a fault, the
 * caller's own sign-in, other people's accounts. `mail-server.save` and `account.change-password` decide by what the form holds.
 */
export const FRESH_ACTIONS: readonly string[] = [
  'account.change-password',
  'account.drop-notice',
  'account.remove-second-factor',
  'account.renew-backup-codes',
  'alerts.settings',
  'clients.add',
  'clients.change',
  'clients.remove',
  'clients.reset-secret',
  'clients.set-access',
  'credentials.add-next',
  'credentials.feed-create',
  'credentials.go-back',
  'credentials.make-current',
  'credentials.remove',
  'credentials.resume',
  'credentials.rotate',
  'credentials.rotate-ahead',
  'learning.start',
  'mail-server.backup',
  'mail-server.make-default',
  'mail-server.remove',
  'mail-server.restore',
  'mail-server.save',
  'operators.add',
  'operators.change-role',
  'operators.new-link',
  'operators.remove',
  'operators.reset-second-factor',
  'operators.set-access',
  'policy.change',
  'policy.restore',
  'reminders.channel-add',
  'reminders.channel-change',
  'reminders.channel-remove',
  'reminders.channel-renew-key',
  'reminders.channel-switch',
  'reminders.thresholds',
  'sessions.end',
]

/** `api-key`: the API lets in a client by its key, and never by a session. */
export const ROUTE_GATES: readonly { method: string; path: string; gate: Gate | 'api-key' }[] = [
  { method: 'POST', path: '/mail-server/test', gate: 'mail-server:test' },
  { method: 'POST', path: '/senders/test', gate: 'mail-server:test' },
  { method: 'POST', path: '/senders/check', gate: 'mail-server:write' },
  { method: 'POST', path: '/policy/preview', gate: 'policy:write' },
  { method: 'POST', path: '/clients/check', gate: 'clients:write' },
  { method: 'GET', path: '/clients/basic-authentication/script', gate: 'clients:read' },
  { method: 'GET', path: '/credentials/export', gate: 'credentials:read' },
  { method: 'GET', path: '/activity/export', gate: 'activity:read' },
  { method: 'GET', path: '/credentials/[id]/calendar', gate: 'credentials:read' },
  { method: 'GET', path: '/credentials/[id]/certificate', gate: 'credentials:read' },
  { method: 'GET', path: '/calendar/[token]', gate: 'anyone' },
  { method: 'GET', path: '/credentials/applications/export', gate: 'credentials:read' },
  { method: 'GET', path: '/set-up/download', gate: 'mail-server:read' },
  { method: 'GET', path: '/health/live', gate: 'anyone' },
  { method: 'GET', path: '/health/ready', gate: 'anyone' },
  { method: 'GET', path: '/metrics', gate: 'anyone' },
  { method: 'GET', path: '/api/v1/messages', gate: 'api-key' },
  { method: 'POST', path: '/api/v1/messages', gate: 'api-key' },
  { method: 'GET', path: '/api/v1/messages/[id]', gate: 'api-key' },
  { method: 'POST', path: '/api/v1/messages/[id]/cancel', gate: 'api-key' },
  { method: 'GET', path: '/api/v1/openapi.json', gate: 'anyone' },
  { method: 'GET', path: '/api/[...path]', gate: 'anyone' },
  { method: 'POST', path: '/api/[...path]', gate: 'anyone' },
]

/** `/` only leads to `/overview` or `/mail-server`. `/system/operators/[id]` is full of buttons, so it wants the right to press them. */
export const PAGE_GATES: readonly { path: string; gate: Gate }[] = [
  { path: '/', gate: 'anyone' },
  { path: '/sign-in', gate: 'anyone' },
  { path: '/sign-in/code', gate: 'anyone' },
  { path: '/setup', gate: 'anyone' },
  { path: '/confirm', gate: 'signed-in' },
  { path: '/enrol', gate: 'signed-in' },
  { path: '/overview', gate: 'messages:read' },
  { path: '/mail-server', gate: 'mail-server:read' },
  { path: '/mail-server/[id]', gate: 'mail-server:read' },
  { path: '/mail-server/[id]/revisions', gate: 'mail-server:read' },
  { path: '/mail-server/[id]/tests', gate: 'mail-server:read' },
  { path: '/mail-server/add', gate: 'mail-server:write' },
  { path: '/mail-server/tests/[id]', gate: 'mail-server:read' },
  { path: '/clients', gate: 'clients:read' },
  { path: '/clients/[id]', gate: 'clients:read' },
  { path: '/clients/[id]/card', gate: 'clients:read' },
  { path: '/clients/add', gate: 'clients:write' },
  { path: '/clients/devices', gate: 'clients:read' },
  { path: '/clients/devices/[id]', gate: 'clients:read' },
  { path: '/clients/learning', gate: 'clients:read' },
  { path: '/clients/sessions', gate: 'clients:read' },
  { path: '/clients/sessions/[id]', gate: 'clients:read' },
  { path: '/clients/simulate', gate: 'policy:simulate' },
  { path: '/credentials', gate: 'credentials:read' },
  { path: '/credentials/[id]', gate: 'credentials:read' },
  { path: '/clients/basic-authentication', gate: 'clients:read' },
  { path: '/credentials/calendar', gate: 'credentials:read' },
  { path: '/credentials/chosen', gate: 'credentials:write' },
  { path: '/credentials/alerts', gate: 'credentials:read' },
  { path: '/credentials/reminders', gate: 'credentials:read' },
  { path: '/credentials/applications', gate: 'credentials:read' },
  { path: '/policy', gate: 'policy:read' },
  { path: '/policy/revisions', gate: 'policy:read' },
  { path: '/senders', gate: 'mail-server:read' },
  { path: '/senders/[address]', gate: 'mail-server:read' },
  { path: '/senders/add', gate: 'mail-server:write' },
  { path: '/set-up', gate: 'mail-server:read' },
  { path: '/set-up/hand-over', gate: 'mail-server:read' },
  { path: '/messages', gate: 'messages:read' },
  { path: '/messages/[id]', gate: 'messages:read' },
  { path: '/messages/retention', gate: 'messages:read' },
  { path: '/messages/send', gate: 'messages:send' },
  { path: '/activity', gate: 'activity:read' },
  { path: '/help/webhook-signature', gate: 'help:read' },
  { path: '/help/http-api', gate: 'help:read' },
  { path: '/help', gate: 'help:read' },
  { path: '/help/[code]', gate: 'help:read' },
  { path: '/account', gate: 'own-account:write' },
  { path: '/account/notice', gate: 'own-account:write' },
  { path: '/system', gate: 'system:read' },
  { path: '/system/operators', gate: 'people:read' },
  { path: '/system/operators/[id]', gate: 'people:write' },
]
