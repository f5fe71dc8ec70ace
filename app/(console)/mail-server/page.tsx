import { page } from '@/app/_server/page'
import { mailServers } from '@/app/_server/status'
import { services } from '@/lib/services'
import { ServerList } from './_view/server-list'
import { ServerPage } from './_view/server-page'

export default page('mail-server:read', 'mail-server', async (view) => {
  const servers = await mailServers()
  if (servers.length > 1) return <ServerList {...view} servers={servers} />
  const [server = null] = servers
  const id = server?.id ?? (await services().mailServers.defaultId())
  return <ServerPage {...view} {...{ id, server, servers }} />
})
