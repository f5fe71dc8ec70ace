import { commandsFor, type RemedyFacts, remedy } from '../diagnosis'
import type { Locale } from '../i18n/locale'
import type { Cloud, DiagnosisCode, MailServerSettings } from '../kernel'
import { submissionOf } from '../kernel/mail-server-settings'
import type { SenderWay } from '../policy/sender'
import type { MailServerDeps } from './deps'
import { loadServer } from './store/settings'
import { latestObjectId } from './store/test-runs'

/** Values of these settings, for the steps and commands that fix a fault. */
export function factsOfSettings(settings: MailServerSettings, clouds: readonly Cloud[]): RemedyFacts {
  const sender = settings.senderAddress
  const place = submissionOf(settings, clouds)
  if (settings.type === 'smtp') {
    const { username } = settings
    return { sender, mailbox: username ?? sender, username, ...place }
  }
  const cloud = clouds.find(({ id }) => id === settings.cloud) ?? null
  const { tenantId, clientId } = settings
  return { sender, mailbox: sender, cloud, tenantId, clientId, ...place }
}

/** Sender, mailbox and recipient of one message. Whatever is absent is the mail server's own. */
type RemedyMail = Pick<RemedyFacts, 'sender' | 'mailbox' | 'recipient' | 'isReport' | 'stage' | 'evidence'>

/** How to fix a fault, with the values of the saved settings and of the message that met it. */
export async function remedyFor(deps: MailServerDeps, code: DiagnosisCode, locale: Locale, mail?: RemedyMail) {
  const [server, objectId] = await Promise.all([loadServer(deps.db, deps.id), latestObjectId(deps)])
  const facts = server?.settings ? factsOfSettings(server.settings, deps.deployment.clouds) : {}
  return remedy(code, { ...facts, objectId, ...mail }, locale)
}

/** Commands that let the application send as this address. Empty if the mail server does not check senders. */
export async function permission(
  deps: MailServerDeps,
  { address, mailbox, way }: { address: string; mailbox: string; way: SenderWay },
  locale: Locale,
): Promise<string[]> {
  const [server, objectId] = await Promise.all([loadServer(deps.db, deps.id), latestObjectId(deps)])
  if (server?.settings?.type !== 'exchange-online-oauth2') return []
  const facts = factsOfSettings(server.settings, deps.deployment.clouds)
  return commandsFor(`permission-${way}`, { ...facts, objectId, sender: address, mailbox }, locale)
}
