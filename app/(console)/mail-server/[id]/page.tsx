import type { Metadata } from 'next'
import { notFound, redirect } from 'next/navigation'
import { requireCaller } from '@/app/_server/caller'
import { mailServers } from '@/app/_server/status'
import { getTranslations } from '@/app/_server/translations'
import { MAIL_SERVERS_PATH } from '@/app/paths'
import { ServerPage } from '../_server/server-page'

export async function generateMetadata({ params }: PageProps<'/mail-server/[id]'>): Promise<Metadata> {
  const [t, servers, { id }] = await Promise.all([getTranslations('mail-server'), mailServers(), params])
  return { title: servers.find((server) => server.id === id)?.name ?? t('title') }
}

/** One of several mail servers. */
export default async function OneMailServerPage({ params, searchParams }: PageProps<'/mail-server/[id]'>) {
  const caller = await requireCaller('mail-server:read')
  const [servers, { id }, query] = await Promise.all([mailServers(), params, searchParams])
  const listedServer = servers.find((server) => server.id === id)
  if (!listedServer) notFound()
  if (servers.length === 1) redirect(MAIL_SERVERS_PATH)
  return <ServerPage caller={caller} id={id} listedServer={listedServer} servers={servers} query={query} />
}
