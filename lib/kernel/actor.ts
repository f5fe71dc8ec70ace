export const ROLES = ['viewer', 'operator', 'admin'] as const
export type Role = (typeof ROLES)[number]

/** An unknown role has the fewest permissions. */
export const roleOf = (text: string): Role => ROLES.find((role) => role === text) ?? 'viewer'

/** Who acts: an operator account in a browser, a user at a shell, the scheduler itself, or a caller who is not signed in. */
export type Actor =
  | { kind: 'operator'; id: string; email: string; role: Role }
  | { kind: 'command-line'; user: string }
  | { kind: 'system'; name: string }
  | { kind: 'anonymous' }

/** Where a call came from: for the audit entry and for limits. `address` is null for the command line and the scheduler. */
export type Origin = { address: string | null; requestId: string }

export function actorName(actor: Actor): string {
  switch (actor.kind) {
    case 'operator':
      return actor.email
    case 'command-line':
      return `${actor.user} (command line)`
    case 'system':
      return actor.name
    case 'anonymous':
      return 'anonymous'
  }
}

/** Who acts, and where the call came from. Every operation that leaves an audit entry takes one. */
export interface Caller {
  actor: Actor
  origin: Origin
}

/** The host, while it starts. */
export const START_CALLER: Caller = {
  actor: { kind: 'system', name: 'start' },
  origin: { address: null, requestId: 'start' },
}

/** The worker, acting on its schedule. */
export const SYSTEM_CALLER: Caller = {
  actor: { kind: 'system', name: 'worker' },
  origin: { address: null, requestId: 'clock' },
}
