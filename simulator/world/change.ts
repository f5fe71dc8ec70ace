import type { Application, Mailbox, Tenant, World } from './world'

/** What a change is about; whatever is not named is the first of its kind: Contoso, Postroom, noreply@. */
export interface About {
  world: World
  tenant: Tenant
  application: Application
  mailbox: Mailbox
  now: Date
  given: Record<string, unknown>
  /** What a federated credential trusts unless something else is given. */
  federation: { issuer: string; subject: string; audience: string }
}

export interface Change {
  does: string
  /** May give back something to show, such as a new secret; a text that starts with `!` is a refusal. */
  make(about: About): unknown
}

export const text = (given: Record<string, unknown>, name: string): string | null => {
  const value = given[name]
  return typeof value === 'string' && value !== '' ? value : null
}

/** Above zero, as JSON or as a form sends it; null: nothing of the kind was given. */
export function positive(given: Record<string, unknown>, name: string): number | null {
  const number = Number(given[name])
  return number > 0 ? number : null
}

/** A switch is on unless it is said to be off. */
export const isOn = (given: Record<string, unknown>, name = 'on'): boolean =>
  given[name] !== false && given[name] !== 'false'

export const principalOf = ({ application }: About): string => application.servicePrincipal?.objectId ?? ''

/** When something that is added now becomes known to Entra. */
export const knownFrom = ({ world, now }: Pick<About, 'world' | 'now'>): Date =>
  new Date(now.getTime() + world.limits.secretReplicationSeconds * 1000)
