import type { MailServerSettings } from '../kernel/mail-server-settings'
import type { MailServerChange } from './settings'

/** Everything that decides where mail is sent. `destinationOf` covers only where the secret is sent. */
const whereOf = (settings: MailServerSettings): string =>
  JSON.stringify(
    settings.type === 'smtp'
      ? [settings.type, settings.host, settings.port, settings.security, settings.username]
      : [settings.type, settings.cloud, settings.tenantId, settings.clientId],
  )

/** Whether a change sends mail elsewhere or replaces the secret. Such a change needs a fresh session; a new sender name does not. */
export const touchesDestination = (
  saved: MailServerSettings | null,
  { settings, secret }: Pick<MailServerChange, 'settings' | 'secret'>,
): boolean => secret.kind === 'replace' || saved === null || whereOf(saved) !== whereOf(settings)
