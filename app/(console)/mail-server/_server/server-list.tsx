import Link from 'next/link'
import type { OperatorCaller } from '@/app/_server/caller'
import { statusOf } from '@/app/_server/status'
import { getTranslations } from '@/app/_server/translations'
import { mailServerPath } from '@/app/paths'
import { Foreign } from '@/components/foreign'
import { Page } from '@/components/page'
import { StateBadge, StatusBadge } from '@/components/state-badge'
import { Table } from '@/components/table'
import { may } from '@/lib/access/permissions'
import type { Translator } from '@/lib/i18n/translations'
import type { ListedServer } from '@/lib/mail-server/servers'
import { AddPart } from './add-part'
import { ServerFlash } from './manage-part'

/** All mail servers and the status of each. */
export async function ServerList(props: {
  caller: OperatorCaller
  servers: readonly ListedServer[]
  query: Record<string, string | string[] | undefined>
}) {
  const { caller, servers, query } = props
  const [t, shell, statuses] = await Promise.all([
    getTranslations('mail-server'),
    getTranslations('shell'),
    Promise.all(servers.map(({ id }) => statusOf(id))),
  ])
  const rows = servers.map((server, at) => ({ ...server, state: statuses[at]?.facts.state ?? ('off' as const) }))
  const nameOf = (id: string) => servers.find((server) => server.id === id)?.name ?? ''
  return (
    <Page
      title={t('servers.title')}
      breadcrumb={[{ label: shell('systemSettings') }, { label: t('servers.title') }]}
      description={t('servers.description')}
    >
      <ServerFlash query={query} t={t} />
      <div className="mb-8">
        <Table
          caption={t('servers.caption')}
          rows={rows}
          rowKey={({ id }) => id}
          columns={[
            {
              key: 'name',
              label: t('servers.name'),
              cell: ({ id, name, isDefault, failoverId }) => (
                <>
                  <span className="flex flex-wrap items-center gap-x-2 gap-y-1">
                    <Link href={mailServerPath(id)} prefetch={false} className="prose-link">
                      <Foreign>{name}</Foreign>
                    </Link>
                    {isDefault && <StatusBadge tone="accent">{t('servers.default')}</StatusBadge>}
                  </span>
                  {failoverId && (
                    <span className="text-xs text-soft">{t('servers.backupIs', { name: nameOf(failoverId) })}</span>
                  )}
                </>
              ),
            },
            {
              key: 'state',
              label: t('servers.state'),
              cell: ({ state }) => <StateBadge state={state} label={shell(`state.${state}`)} />,
            },
            {
              key: 'sender',
              label: t('form.senderAddress'),
              cell: ({ settings }) => (settings ? <Foreign>{settings.senderAddress}</Foreign> : '–'),
            },
            {
              key: 'by',
              label: t('servers.by'),
              cell: (server) => <SentBy server={server} t={t} />,
            },
          ]}
        />
      </div>
      {may(caller.actor.role, 'mail-server:write') && <AddPart t={t} />}
    </Page>
  )
}

/** The host of an SMTP server, or Exchange Online. */
function SentBy({ server: { settings, version }, t }: { server: ListedServer; t: Translator<'mail-server'> }) {
  if (settings?.type === 'smtp') return <Foreign>{settings.host}</Foreign>
  if (settings) return 'Exchange Online'
  return <span className="text-faint">{t(version === 0 ? 'servers.nothingSaved' : 'servers.unreadable')}</span>
}
