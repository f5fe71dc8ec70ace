import { redirect } from 'next/navigation'
import { requireCaller } from '@/app/_server/caller'
import { refusable } from '@/app/_server/refusal'
import { MAIL_SERVERS_PATH, withQuery } from '@/app/paths'
import { serverInPath, serverTitle } from '../_server/requested-server'
import { ServerPage } from '../_server/server-page'

export const generateMetadata = serverTitle

/** One of several mail servers. */
export default refusable(async function OneMailServerPage({ params, searchParams }: PageProps<'/mail-server/[id]'>) {
  const caller = await requireCaller('mail-server:read')
  const [requested, query] = await Promise.all([serverInPath(params), searchParams])
  const flash = (name: string) => (typeof query[name] === 'string' ? query[name] : null)
  if (requested.servers.length < 2)
    redirect(withQuery(MAIL_SERVERS_PATH, { done: flash('done'), refused: flash('refused') }))
  return <ServerPage {...requested} {...{ caller, query }} />
})
