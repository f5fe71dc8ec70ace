import type { Application, Mailbox, Tenant, World } from './world'

/** What a change is applied to. Anything that is not named is the first of its kind: Contoso, Postroom, noreply@. */
export interface About {
  world: World
  tenant: Tenant
  application: Application
  mailbox: Mailbox
  now: Date
  parameters: Record<string, unknown>
  /** What a federated credential trusts by default. */
  federation: { issuer: string; subject: string; audience: string }
}

export interface Change {
  does: string
  /** May return a result to show, such as a new secret. A text is a refusal, and starts with `!`. */
  make(about: About): unknown
}

export const text = (parameters: Record<string, unknown>, name: string): string | null => {
  const value = parameters[name]
  return typeof value === 'string' && value !== '' ? value : null
}

/** A positive number from JSON or a form, or null if there is none. */
export function positive(parameters: Record<string, unknown>, name: string): number | null {
  const number = Number(parameters[name])
  return number > 0 ? number : null
}

/** True unless the value is false. */
export const isOn = (parameters: Record<string, unknown>, name = 'on'): boolean =>
  parameters[name] !== false && parameters[name] !== 'false'

export const principalOf = ({ application }: About): string => application.servicePrincipal?.objectId ?? ''

/** When something that is added now becomes known to Entra. */
export const knownFrom = ({ world, now }: Pick<About, 'world' | 'now'>): Date =>
  new Date(now.getTime() + world.limits.secretReplicationSeconds * 1000)
