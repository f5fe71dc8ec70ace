import type { Cloud, MailServerSettings } from '../kernel'
import { parseSenderEmail } from '../validation/email-address'
import { isMicrosoftHost } from './microsoft-host'

/** What the form shows; never a secret. */
export type MailServerFields = ReturnType<typeof defaultFields>
export const defaultFields = (clouds: readonly Cloud[]) => ({
  type: 'exchange-online-oauth2' as MailServerSettings['type'],
  senderAddress: '',
  senderName: '',
  allowIndividualSenders: false,
  cloud: clouds.find(({ id }) => id === 'global')?.id ?? clouds[0]?.id ?? '',
  tenantId: '',
  clientId: '',
  /** `YYYY-MM-DD`, or empty if it is not known. */
  secretExpiresAt: '',
  host: '',
  port: '587',
  security: 'starttls' as 'starttls' | 'tls' | 'none',
  login: 'none' as 'none' | 'password',
  username: '',
})

const SENDER_FIELDS = ['type', 'senderAddress', 'senderName', 'allowIndividualSenders'] as const
/** The fields of each type, without those of its secret and of the account that logs in. */
export const FIELDS_OF = {
  'exchange-online-oauth2': [...SENDER_FIELDS, 'cloud', 'tenantId', 'clientId'],
  smtp: [...SENDER_FIELDS, 'host', 'port', 'security', 'login'],
} as const

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

/** Whether the settings log in with a password at a Microsoft host, where such logins will be switched off. */
export const needsBasicAuthNotice = (settings: MailServerSettings): boolean =>
  settings.type === 'smtp' && settings.username !== null && isMicrosoftHost(settings.host)

/** A draft for the same mailbox with OAuth2. The account that logged in becomes the sender: the application gets only this mailbox. */
export function toOauthDraft(fields: MailServerFields, clouds: readonly Cloud[]): MailServerFields {
  const mailbox = parseSenderEmail(fields.username)
  const cloud = clouds.find(({ smtpHost }) => smtpHost === fields.host) ?? clouds.find(({ id }) => id === 'global')
  return {
    ...fields,
    type: 'exchange-online-oauth2',
    cloud: cloud?.id ?? fields.cloud,
    senderAddress: mailbox.ok ? mailbox.value : fields.senderAddress,
    allowIndividualSenders: false,
  }
}
