import type { Cloud } from '../kernel/clouds'
import type { MailServerSettings } from '../kernel/mail-server-settings'
import { parseSenderEmail } from '../validation/email-address'
import type { MailServerFields } from './form-fields'
import { isMicrosoftHost } from './microsoft-host'

/** Whether the settings log in with a password at a Microsoft host, where such logins will be switched off. */
export const needsBasicAuthNotice = (settings: MailServerSettings): boolean =>
  settings.type === 'smtp' && settings.username !== null && isMicrosoftHost(settings.host)

/**
 * A draft for the same mailbox with OAuth2. The account that logged in becomes the sender, because the application gets permission
 * for exactly one mailbox.
 */
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
