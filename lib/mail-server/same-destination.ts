import type { MailServerSettings } from '../kernel/mail-server-settings'
import type { MailServerChange } from './settings'

/** What decides where mail and secret go, with or without a login: more than `destinationOf`, which asks only about the secret. */
const whereOf = (settings: MailServerSettings): string =>
  JSON.stringify(
    settings.type === 'smtp'
      ? [settings.type, settings.host, settings.port, settings.security, settings.username]
      : [settings.type, settings.cloud, settings.tenantId, settings.clientId],
  )

/** Whether a change sends mail elsewhere or replaces the secret: that wants a fresh login, a sender's name does not. */
export const touchesDestination = (
  saved: MailServerSettings | null,
  { settings, secret }: Pick<MailServerChange, 'settings' | 'secret'>,
): boolean => secret.kind === 'replace' || saved === null || whereOf(saved) !== whereOf(settings)
