import type { Cloud } from '../kernel/clouds'
import type { MailServerSettings } from '../kernel/mail-server-settings'
import { parseSenderEmail } from '../validation/email-address'
import type { MailServerFields } from './form-fields'
import { isMicrosoftHost } from './microsoft-host'

/** Whether it has to be told that such logins end. */
export const needsBasicAuthNotice = (settings: MailServerSettings): boolean =>
  settings.type === 'smtp' && settings.username !== null && isMicrosoftHost(settings.host)

/**
 * The same mailbox by OAuth2, to be filled in further: the account that logged in becomes the sender, since the
 * application gets permission on exactly one mailbox.
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
