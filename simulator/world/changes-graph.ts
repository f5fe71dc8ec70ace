import { randomUUID } from 'node:crypto'
import { type About, type Change, isOn, knownFrom, positive, principalOf, text } from './change'
import { FILL_SIZE, fillSummary } from './fill'
import { NO_POLICY } from './world-start'

function setRoles({ application, parameters }: About, fallback: string[]): void {
  const wanted = Array.isArray(parameters.roles) ? parameters.roles.map(String) : fallback
  if (application.servicePrincipal) application.servicePrincipal.graphRoles = wanted
}

function withRole(about: About, change: (roles: string[], role: string) => string[]): string | undefined {
  const role = text(about.parameters, 'role')
  const principal = about.application.servicePrincipal
  if (role === null) return '!Say which “role”.'
  if (principal) principal.graphRoles = change(principal.graphRoles, role)
  return undefined
}

const without = (list: string[], gone: string): string[] => list.filter((item) => item !== gone)
const ownerOf = (about: About): string => text(about.parameters, 'ownerId') ?? principalOf(about)

/** Changes by an administrator for programs that read and change applications through Graph. */
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
    make({ tenant, parameters }) {
      tenant.appPolicy = isOn(parameters, 'enabled')
        ? {
            enabled: true,
            passwordAddition: parameters.passwordAddition === true || parameters.passwordAddition === 'true',
            passwordLifetimeDays: positive(parameters, 'passwordLifetimeDays'),
            asymmetricKeyLifetimeDays: positive(parameters, 'asymmetricKeyLifetimeDays'),
            exempt: parameters.exempt === true || parameters.exempt === 'true',
          }
        : { ...NO_POLICY }
    },
  },
  'add-federated-credential': {
    does: 'Trusts tokens of “issuer”, “subject”, “audience”; else those of the simulator’s own issuer.',
    make(about) {
      const { application, parameters, federation } = about
      const result = {
        id: randomUUID(),
        name: text(parameters, 'name') ?? `credential-${application.federatedCredentials.length + 1}`,
        issuer: text(parameters, 'issuer') ?? federation.issuer,
        subject: text(parameters, 'subject') ?? federation.subject,
        audience: text(parameters, 'audience') ?? federation.audience,
        knownFrom: knownFrom(about),
      }
      application.federatedCredentials.push(result)
      return result
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
    make({ tenant, parameters }) {
      tenant.managedIdentity = isOn(parameters) ? { clientId: randomUUID(), principalId: randomUUID() } : null
      return tenant.managedIdentity
    },
  },
  fill: {
    does: 'Fills the tenant with “applications” (20,000) that have “credentials” (45,000) by “seed” (1).',
    make({ tenant, parameters, now }) {
      const size = (name: 'applications' | 'credentials') => Math.floor(positive(parameters, name) ?? FILL_SIZE[name])
      const day = text(parameters, 'at')
      const at = day === null ? now : new Date(day)
      if (Number.isNaN(at.getTime())) return '!“at” is no date.'
      tenant.fill = {
        applications: size('applications'),
        credentials: size('credentials'),
        seed: Math.floor(positive(parameters, 'seed') ?? 1),
        at,
      }
      return fillSummary(tenant.fill)
    },
  },
  unfill: {
    does: 'Removes the invented applications.',
    make({ tenant }) {
      tenant.fill = null
    },
  },
} as const satisfies Record<string, Change>
