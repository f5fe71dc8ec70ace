import type { Cloud } from '../kernel/clouds'
import type { MailServerSettings } from '../kernel/mail-server-settings'

/** What the form shows; never a secret. */
export interface MailServerFields {
  type: 'exchange-online-oauth2' | 'smtp'
  senderAddress: string
  senderName: string
  allowIndividualSenders: boolean
  cloud: string
  tenantId: string
  clientId: string
  /** `YYYY-MM-DD`, or empty if it is not known. */
  secretExpiresAt: string
  host: string
  port: string
  security: 'starttls' | 'tls' | 'none'
  login: 'none' | 'password'
  username: string
}

export const defaultFields = (clouds: readonly Cloud[]): MailServerFields => ({
  type: 'exchange-online-oauth2',
  senderAddress: '',
  senderName: '',
  allowIndividualSenders: false,
  cloud: clouds.find(({ id }) => id === 'global')?.id ?? clouds[0]?.id ?? '',
  tenantId: '',
  clientId: '',
  secretExpiresAt: '',
  host: '',
  port: '587',
  security: 'starttls',
  login: 'none',
  username: '',
})

export const dayOf = (date: Date | null): string => date?.toISOString().slice(0, 10) ?? ''

/**
 * Saved settings as the form shows them. The fields of the other type have their defaults. The expiry date is a client
 * secret's: a certificate contains its own, which must not become that of a secret typed in its place.
 */
export function fieldsOf(
  settings: MailServerSettings,
  credential: { kind: string; expiresAt: Date | null } | null,
  clouds: readonly Cloud[],
): MailServerFields {
  const { type, senderAddress, senderName, allowIndividualSenders } = settings
  const common = { ...defaultFields(clouds), type, senderAddress, senderName, allowIndividualSenders }
  if (settings.type === 'smtp') {
    const { host, port, security, username } = settings
    return {
      ...common,
      host,
      port: String(port),
      security,
      login: username === null ? 'none' : 'password',
      username: username ?? '',
    }
  }
  const { cloud, tenantId, clientId } = settings
  const expiresAt = credential?.kind === 'client-secret' ? credential.expiresAt : null
  return { ...common, cloud, tenantId, clientId, secretExpiresAt: dayOf(expiresAt) }
}
