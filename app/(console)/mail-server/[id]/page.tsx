import { redirect } from 'next/navigation'
import { page } from '@/app/_server/page'
import { MAIL_SERVERS_PATH, withQuery } from '@/app/paths'
import { recordOf } from '@/lib/kernel'
import { serverInPath } from '../_view/server-frame'
import { ServerPage } from '../_view/server-page'

export default page('mail-server:read', 'mail-server', async (view) => {
  const requested = await serverInPath(view.id)
  const flash = (name: string) => (typeof view.query[name] === 'string' ? view.query[name] : null)
  if (requested.servers.length < 2)
    redirect(withQuery(MAIL_SERVERS_PATH, recordOf(['done', 'count', 'names', 'refused'], flash)))
  return <ServerPage {...view} {...requested} />
})
