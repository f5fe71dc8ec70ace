import { randomUUID } from 'node:crypto'
import { type About, type Change, isOn, knownFrom, positive, principalOf, text } from './change'
import { FILL_SIZE, fillSummary } from './fill'
import { NO_POLICY } from './world-start'

function setRoles({ application, given }: About, fallback: string[]): void {
  const wanted = Array.isArray(given.roles) ? given.roles.map(String) : fallback
  if (application.servicePrincipal) application.servicePrincipal.graphRoles = wanted
}

function withRole(about: About, change: (roles: string[], role: string) => string[]): string | undefined {
  const role = text(about.given, 'role')
  const principal = about.application.servicePrincipal
  if (role === null) return '!Say which “role”.'
  if (principal) principal.graphRoles = change(principal.graphRoles, role)
  return undefined
}

const without = (list: string[], gone: string): string[] => list.filter((item) => item !== gone)
const ownerOf = (about: About): string => text(about.given, 'ownerId') ?? principalOf(about)

/** What an administrator does for programs that read and change applications through Graph. */
export const GRAPH_CHANGES = {
  'grant-graph': {
    does: 'Grants Application.Read.All (or “roles”) on Graph, and nothing else there.',
    make: (about) => setRoles(about, ['Application.Read.All']),
  },
  'remove-graph': { does: 'Takes all Graph permissions back.', make: (about) => setRoles(about, []) },
  'grant-graph-role': {
    does: 'Grants one more “role” on Graph.',
    make: (about) => withRole(about, (roles, role) => [...without(roles, role), role]),
  },
  'revoke-graph-role': {
    does: 'Takes one “role” on Graph back; tokens already issued keep it.',
    make: (about) => withRole(about, without),
  },
  'add-owner': {
    does: 'Makes “ownerId” an owner of the application; else its own service principal.',
    make(about) {
      const { application } = about
      application.owners = [...without(application.owners, ownerOf(about)), ownerOf(about)]
    },
  },
  'remove-owner': {
    does: 'Takes “ownerId”, else its own service principal, off the owners.',
    make(about) {
      about.application.owners = without(about.application.owners, ownerOf(about))
    },
  },
  'app-management-policy': {
    does: 'Forbids credentials: “passwordAddition”, “passwordLifetimeDays”, “asymmetricKeyLifetimeDays”; “exempt” spares this application; “enabled”: false allows all.',
    make({ tenant, given }) {
      tenant.appPolicy = isOn(given, 'enabled')
        ? {
            enabled: true,
            passwordAddition: given.passwordAddition === true || given.passwordAddition === 'true',
            passwordLifetimeDays: positive(given, 'passwordLifetimeDays'),
            asymmetricKeyLifetimeDays: positive(given, 'asymmetricKeyLifetimeDays'),
            exempt: given.exempt === true || given.exempt === 'true',
          }
        : { ...NO_POLICY }
    },
  },
  'add-federated-credential': {
    does: 'Trusts tokens of “issuer”, “subject”, “audience”; else those of the simulator’s own issuer.',
    make(about) {
      const { application, given, federation } = about
      const made = {
        id: randomUUID(),
        name: text(given, 'name') ?? `credential-${application.federatedCredentials.length + 1}`,
        issuer: text(given, 'issuer') ?? federation.issuer,
        subject: text(given, 'subject') ?? federation.subject,
        audience: text(given, 'audience') ?? federation.audience,
        knownFrom: knownFrom(about),
      }
      application.federatedCredentials.push(made)
      return made
    },
  },
  'remove-federated-credentials': {
    does: 'Trusts no tokens of others any more.',
    make({ application }) {
      application.federatedCredentials = []
    },
  },
  'managed-identity': {
    does: 'Gives the machine a managed identity; “on”: false takes it away.',
    make({ tenant, given }) {
      tenant.managedIdentity = isOn(given) ? { clientId: randomUUID(), principalId: randomUUID() } : null
      return tenant.managedIdentity
    },
  },
  fill: {
    does: 'Fills the tenant with “applications” (20,000) that have “credentials” (45,000) by “seed” (1).',
    make({ tenant, given, now }) {
      const size = (name: 'applications' | 'credentials') => Math.floor(positive(given, name) ?? FILL_SIZE[name])
      const day = text(given, 'at')
      const at = day === null ? now : new Date(day)
      if (Number.isNaN(at.getTime())) return '!“at” is no date.'
      tenant.fill = {
        applications: size('applications'),
        credentials: size('credentials'),
        seed: Math.floor(positive(given, 'seed') ?? 1),
        at,
      }
      return fillSummary(tenant.fill)
    },
  },
  unfill: {
    does: 'Takes the made-up applications away.',
    make({ tenant }) {
      tenant.fill = null
    },
  },
} as const satisfies Record<string, Change>
