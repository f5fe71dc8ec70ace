import { factsOfSettings } from '@/lib/mail-server/remedies'
import { services } from '@/lib/services'

/** The cloud and the tenant of the first mail server in the list that is Exchange Online. The default one is the first of all. */
export async function exchangeFacts() {
  const { mailServers, clouds } = services()
  const settings = (await mailServers.list()).map((server) => server.settings)
  const exchange = settings.find((each) => each?.type === 'exchange-online-oauth2')
  return exchange ? factsOfSettings(exchange, clouds) : {}
}
