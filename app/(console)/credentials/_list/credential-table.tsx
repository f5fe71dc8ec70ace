import Link from 'next/link'
import { credentialPath } from '@/app/paths'
import { type Column, Table } from '@/components/table'
import { absoluteDate } from '@/components/timestamp'
import type { CredentialView, SlotsView } from '@/lib/credentials/views'
import { NextStepLink } from '../_rotation/next-step-link'
import { ExpiryDate, LatestProbe, Owners, type ViewContext } from './credential-cells'
import type { Dependents } from './dependents'
import { beginOf, nameOf } from './labels'
import { StateLabel } from './state-label'
import { UsedBy } from './used-by'

/** Everything that the chart shows, and more, as text. */
export function CredentialTable({
  views,
  slots,
  dependents,
  ...context
}: ViewContext & {
  views: readonly CredentialView[]
  slots: readonly SlotsView[]
  dependents: (mailServerId: string) => Dependents
}) {
  const { t } = context
  const columns: Column<CredentialView>[] = [
    {
      key: 'credential',
      label: t('table.credential'),
      cell: (view) => (
        <span id={`credential-${view.id}`} className="scroll-mt-20">
          <Link href={credentialPath(view.id)} prefetch={false} className="prose-link">
            {nameOf(view, t)}
          </Link>
        </span>
      ),
    },
    {
      key: 'next',
      label: t('table.next'),
      cell: (view) => {
        const own = view.slot === 'current' && slots.find(({ mailServer }) => mailServer.id === view.mailServer.id)
        return own && <NextStepLink slots={own} t={t} />
      },
    },
    { key: 'state', label: t('table.state'), cell: (view) => <StateLabel view={view} t={t} /> },
    {
      key: 'left',
      label: t('table.left'),
      align: 'end',
      cell: ({ daysLeft }) => (daysLeft === null ? <span className="text-faint">–</span> : daysLeft),
    },
    {
      key: 'ends',
      label: t('table.ends'),
      cell: (view) => (
        <>
          <ExpiryDate view={view} {...context} />
          <span className="block text-xs text-faint">
            {t(view.startsAt ? 'ends.from' : 'ends.storedOn', { date: absoluteDate(beginOf(view), context.locale) })}
          </span>
        </>
      ),
    },
    {
      key: 'usedBy',
      label: t('table.usedBy'),
      cell: (view) => <UsedBy view={view} dependents={dependents(view.mailServer.id)} t={t} />,
    },
    ...(views.some(({ owners }) => owners.length > 0)
      ? [{ key: 'owner', label: t('table.owner'), cell: (view: CredentialView) => <Owners view={view} /> }]
      : []),
    {
      key: 'note',
      label: t('table.note'),
      cell: ({ note }) => note && <span className="whitespace-pre-line">{note}</span>,
    },
    { key: 'probe', label: t('table.probe'), cell: (view) => <LatestProbe view={view} {...context} /> },
  ]
  return <Table caption={t('table.caption')} columns={columns} rows={views} rowKey={({ id }) => id} />
}
