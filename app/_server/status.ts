import 'server-only'
import { cache } from 'react'
import { mailCardOf } from '@/app/(console)/_shell/mail-card'
import { worstState } from '@/lib/mail-server/status'
import { services } from '@/lib/services'

/** The status of a mail server, read once for each request, although the navigation and the page both need it. */
export const statusOf = cache((id: string) => services().mailServers.of(id).status())

/** All mail servers, the default one first. */
export const mailServers = cache(() => services().mailServers.list())

/** The statuses of the mail servers that deliver at present. */
export const statusesInUse = cache(async () =>
  Promise.all((await services().mailServers.inUse()).map((id) => statusOf(id))),
)

/** The failover server that delivers for a mail server, by its name; null if none does. */
export const failoverOf = async (id: string): Promise<string | null> => (await statusOf(id)).facts.failover

/** The status shown on every page: the worst of the mail servers in use. */
export const stateOfMail = cache(async () => worstState((await statusesInUse()).map(({ facts }) => facts.state)))

/** What must not be overlooked about credentials, read once for each request. */
export const credentialWarnings = cache(() => services().credentials.warnings())

/** What every page says about the outbox, read once for each request. */
export const outboxPulse = cache(() => services().outbox.pulse())

/** The state of mail in the navigation. */
export const mailCard = cache(async () => {
  const [delivery, ids, warnings] = await Promise.all([
    services().outbox.delivery(),
    services().mailServers.inUse(),
    credentialWarnings(),
  ])
  const used = delivery.filter(({ mailServerId }) => ids.includes(mailServerId))
  const servers = used.map(async (server) => ({
    ...server,
    ...(await statusOf(server.mailServerId)).facts,
    failover: server.failover,
  }))
  return mailCardOf(await Promise.all(servers), warnings)
})
