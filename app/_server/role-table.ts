import type { Permission } from '@/lib/access/permissions'

/**
 * Every door of the console and what opens it (W-02, Z-01): a test compares this with the source, another with the build's
 * list of actions, and a third knocks at each. `anyone`: before sign-in. `signed-in`: any account, even one that must still
 * enrol a second factor. A door that is not here fails the tests.
 */
export type Gate = Permission | 'anyone' | 'signed-in'

/** Server actions by their name; `export` is what the build's manifest calls them. */
export const ACTION_GATES: readonly { name: string; file: string; export: string; gate: Gate }[] = [
  { name: 'sign-in.password', file: 'app/(auth)/sign-in/actions.ts', export: 'passwordAction', gate: 'anyone' },
  { name: 'sign-in.code', file: 'app/(auth)/sign-in/code/actions.ts', export: 'codeAction', gate: 'anyone' },
  { name: 'sign-in.sign-out', file: 'app/(auth)/sign-out/actions.ts', export: 'signOutAction', gate: 'signed-in' },
  { name: 'setup.choose-password', file: 'app/(auth)/setup/actions.ts', export: 'setUpAction', gate: 'anyone' },
  { name: 'second-factor.begin', file: 'app/(auth)/enrol/actions.ts', export: 'beginAction', gate: 'signed-in' },
  { name: 'second-factor.confirm', file: 'app/(auth)/enrol/actions.ts', export: 'confirmAction', gate: 'signed-in' },
  {
    name: 'mail-server.save',
    file: 'app/(console)/mail-server/actions.ts',
    export: 'saveAction',
    gate: 'mail-server:write',
  },
  {
    name: 'mail-server.restore',
    file: 'app/(console)/mail-server/actions.ts',
    export: 'restoreAction',
    gate: 'mail-server:write',
  },
  {
    name: 'mail-server.test',
    file: 'app/(console)/mail-server/actions.ts',
    export: 'testAction',
    gate: 'mail-server:test',
  },
]

export const ROUTE_GATES: readonly { method: string; path: string; gate: Gate }[] = [
  { method: 'POST', path: '/mail-server/test', gate: 'mail-server:test' },
  { method: 'GET', path: '/health/live', gate: 'anyone' },
  { method: 'GET', path: '/health/ready', gate: 'anyone' },
  { method: 'GET', path: '/metrics', gate: 'anyone' },
]

export const PAGE_GATES: readonly { path: string; gate: Gate }[] = [
  { path: '/sign-in', gate: 'anyone' },
  { path: '/sign-in/code', gate: 'anyone' },
  { path: '/setup', gate: 'anyone' },
  { path: '/enrol', gate: 'signed-in' },
  { path: '/', gate: 'mail-server:read' },
  { path: '/mail-server', gate: 'mail-server:read' },
  { path: '/activity', gate: 'activity:read' },
  { path: '/help', gate: 'help:read' },
  { path: '/account', gate: 'own-account:write' },
  { path: '/system', gate: 'system:read' },
]
