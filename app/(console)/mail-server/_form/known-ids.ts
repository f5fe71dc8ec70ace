import 'server-only'
import type { MailServerService, RawFields } from '@/lib/mail-server'

/** The stored IDs and the one that recent tokens named, to recognise an ID in a wrong field. */
export async function knownIds(mailServer: MailServerService | null, { clientId: typed }: RawFields) {
  if (!mailServer) return { tenantId: null, clientId: null, objectId: null }
  const settings = (await mailServer.savedChange())?.settings
  const { tenantId, clientId } =
    settings?.type === 'exchange-online-oauth2' ? settings : { tenantId: null, clientId: null }
  // The saved client ID is never an Object ID, so the tests need not be searched for one.
  return { tenantId, clientId, objectId: typed === clientId ? null : await mailServer.objectId() }
}
