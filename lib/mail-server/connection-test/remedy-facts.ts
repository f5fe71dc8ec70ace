import type { RemedyFacts } from '../../diagnosis'
import type { Cloud } from '../../kernel/clouds'
import type { MailServerSettings } from '../../kernel/mail-server-settings'

/** Values of these settings, for the steps and commands that fix a fault. */
export function factsOfSettings(settings: MailServerSettings, clouds: readonly Cloud[]): RemedyFacts {
  const sender = settings.senderAddress
  if (settings.type === 'smtp') {
    const { host, port, security, username } = settings
    return { sender, mailbox: username ?? sender, host, port, security, username }
  }
  const cloud = clouds.find(({ id }) => id === settings.cloud) ?? null
  const { tenantId, clientId } = settings
  const host = { host: cloud?.smtpHost, port: cloud?.smtpPort, security: 'starttls' } as const
  return { sender, mailbox: sender, cloud, tenantId, clientId, ...host }
}
