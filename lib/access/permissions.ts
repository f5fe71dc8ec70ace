import type { Role } from '../kernel'

/** What each role may do. Pages, actions and routes use this table only. */
export const PERMISSIONS = {
  'mail-server:read': ['viewer', 'operator', 'admin'],
  'mail-server:test': ['operator', 'admin'],
  'mail-server:write': ['admin'],
  'credentials:read': ['viewer', 'operator', 'admin'],
  'credentials:test': ['operator', 'admin'],
  'credentials:write': ['admin'],
  'messages:read': ['viewer', 'operator', 'admin'],
  /** Hold, release, cancel, send again and dismiss messages, and acknowledge alerts. */
  'messages:act': ['operator', 'admin'],
  /** Send a message of one’s own from the console. */
  'messages:send': ['operator', 'admin'],
  /** Set how long messages are kept. */
  'messages:write': ['admin'],
  'clients:read': ['viewer', 'operator', 'admin'],
  'clients:write': ['admin'],
  'policy:read': ['viewer', 'operator', 'admin'],
  'policy:simulate': ['operator', 'admin'],
  'policy:write': ['admin'],
  'activity:read': ['viewer', 'operator', 'admin'],
  'own-account:write': ['viewer', 'operator', 'admin'],
  'help:read': ['viewer', 'operator', 'admin'],
  'people:read': ['admin'],
  'people:write': ['admin'],
  'system:read': ['viewer', 'operator', 'admin'],
  'system:write': ['admin'],
} as const satisfies Record<string, readonly Role[]>

export type Permission = keyof typeof PERMISSIONS

export function may(role: Role, permission: Permission): boolean {
  const roles: readonly Role[] = PERMISSIONS[permission]
  return roles.includes(role)
}
