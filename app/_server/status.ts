import 'server-only'
import { cache } from 'react'
import { mailCardOf, serverNow } from '@/app/(console)/_shell/mail-card'
import type { DeliveryNow } from '@/lib/mail-server/store/pauses'
import { readOrganisation } from '@/lib/operations/store/organisation'
import { services } from '@/lib/services'

const serverRows = cache(() => services().mailServers.rows())

/** The status of a mail server, read once for each request, although the navigation and the page both need it. */
export const statusOf = cache((id: string) => services().mailServers.of(id).status(serverRows))

/** All mail servers, the default one first, read once for each request. */
export const mailServers = cache(() => services().mailServers.list(serverRows()))

/** Those with saved settings. */
export const savedServers = cache(async () => (await mailServers()).filter(({ version }) => version > 0))

/** Of them, those that messages are sent through, read once for each request. */
export const serversInUse = cache(async () => services().mailServers.inUse(await savedServers()))

/** Whether each mail server with saved settings delivers. */
export const deliveryNow = async (): Promise<DeliveryNow[]> => {
  const saved = await savedServers()
  return Promise.all(saved.map(async (each) => serverNow(each, (await statusOf(each.id)).facts)))
}

/** What must not be overlooked about credentials, read once for each request. */
export const credentialWarnings = cache(() => services().credentials.warnings())

export const outboxPulse = cache(() => services().outbox.pulse())

export const organisationNow = cache(() => readOrganisation(services().db))

export const mailCard = cache(async () => {
  const [used, warnings] = await Promise.all([serversInUse(), credentialWarnings()])
  const servers = used.map(async (each) => serverNow(each, (await statusOf(each.id)).facts))
  return mailCardOf(await Promise.all(servers), warnings)
})
