import 'server-only'
import { cache } from 'react'
import { worstState } from '@/lib/mail-server/status'
import { services } from '@/lib/services'

/** How a mail server stands, once for each request: the rail counts on it beside every page, and its own page too. */
export const statusOf = cache((id: string) => services().mailServers.of(id).status())

/** Which mail servers there are, the default one first. */
export const mailServers = cache(() => services().mailServers.list())

/** Of those that mail leaves by as things stand. */
export const statusesInUse = cache(async () =>
  Promise.all((await services().mailServers.inUse()).map((id) => statusOf(id))),
)

/** The failover server that delivers for a mail server, by its name; null if none does. */
export const failoverOf = async (id: string): Promise<string | null> => (await statusOf(id)).facts.failover

/** The state of mail on every page: the worst word of those in use. */
export const stateOfMail = cache(async () => worstState((await statusesInUse()).map(({ facts }) => facts.state)))
