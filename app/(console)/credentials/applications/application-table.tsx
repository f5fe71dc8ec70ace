import { Foreign } from '@/components/foreign'
import { Icon } from '@/components/icon'
import { StatusBadge } from '@/components/state-badge'
import { type Columns, Table } from '@/components/table'
import { absoluteDate } from '@/components/timestamp'
import { type Borders, type InventoryRow, type InventoryState, inventoryState } from '@/lib/credentials/inventory/types'
import { pageIn } from '@/lib/diagnosis'
import type { TextContext } from '@/lib/i18n/translations'
import type { Cloud } from '@/lib/kernel/clouds'
import { rowValue } from './query'

export const TONE_OF = {
  expired: 'bad',
  critical: 'bad',
  soon: 'warn',
  healthy: 'good',
  'date-unknown': 'neutral',
} as const satisfies Record<InventoryState, string>

interface TableContext extends TextContext<'inventory'> {
  cloud: Cloud
  borders: Borders
  /** The table is in a form: rows are chosen, or muted one by one. */
  mayWrite: boolean
}

/** Names are chosen by people in the tenant: they are shown as text, each with its own writing direction. */
export const ApplicationTable = ({ rows, ...context }: TableContext & { rows: readonly InventoryRow[] }) => (
  <Table
    boxed
    narrow="brief"
    caption={context.t('table.caption')}
    columns={columnsOf(context)}
    rows={rows}
    rowKey={({ objectId, keyId }) => `${objectId} ${keyId}`}
  />
)

function columnsOf(context: TableContext): Columns<InventoryRow> {
  const { borders, locale, t, mayWrite } = context
  return [
    {
      label: t('table.application'),
      cell: (row) => (
        <span className="flex gap-2.5">
          {mayWrite && (
            <input
              type="checkbox"
              name="chosen"
              value={rowValue(row)}
              aria-label={t('table.chooseOne', { name: row.displayName || row.application || row.keyId })}
              className="rack-choice"
            />
          )}
          <span className="min-w-0">
            <Application row={row} {...context} />
          </span>
        </span>
      ),
    },
    {
      label: t('table.state'),
      cell: ({ endsAt, mutedAt }) => {
        const state = inventoryState(endsAt, borders)
        return mutedAt ? (
          <StatusBadge tone="neutral">{t('state.muted')}</StatusBadge>
        ) : (
          <StatusBadge tone={TONE_OF[state]}>{t(`state.${state}`)}</StatusBadge>
        )
      },
    },
    {
      label: t('table.ends'),
      cell: ({ endsAt }) => (
        <span className="xl:whitespace-nowrap">
          {endsAt ? absoluteDate(endsAt, locale) : <span className="text-faint">–</span>}
        </span>
      ),
    },
    { label: t('table.credential'), cell: (row) => <Credential row={row} {...context} /> },
    { label: t('table.owners'), brief: 'named', cell: ({ owners }) => <Owners owners={owners} t={t} /> },
    mayWrite && {
      label: t('table.mute'),
      hideLabel: true,
      align: 'end',
      cell: (row) => <Mute row={row} t={t} />,
    },
  ]
}

function Credential({ row: { kind, displayName, hint, thumbprint }, t }: TableContext & { row: InventoryRow }) {
  return (
    <>
      {t(`kind.${kind}`)}
      {displayName && (
        <span className="block">
          <Foreign>{displayName}</Foreign>
        </span>
      )}
      {(hint ?? thumbprint) && (
        <span className="block font-mono text-xs wrap-anywhere text-faint">{hint ? `${hint}…` : thumbprint}</span>
      )}
    </>
  )
}

function Application({ row: { application, appId }, ...context }: TableContext & { row: InventoryRow }) {
  return (
    <>
      <Foreign minWidth="block sm:min-w-[8rem]">{application || context.t('table.unnamed')}</Foreign>
      <span className="block font-mono text-xs font-[400] wrap-anywhere text-faint">{appId}</span>
      <PortalLink appId={appId} {...context} />
    </>
  )
}

const Owners = ({ owners, t }: Pick<TableContext, 't'> & { owners: readonly string[] }) =>
  owners.length === 0 ? (
    <span className="text-faint">{t('table.noOwner')}</span>
  ) : (
    owners.map((owner, index) => (
      // biome-ignore lint/suspicious/noArrayIndexKey: two owners may have one name
      <span key={index} className="block">
        <Foreign>{owner}</Foreign>
      </span>
    ))
  )

/** A link to the portal page where this application's credentials are changed, if the cloud's portal has one. */
function PortalLink({ appId, cloud, t }: TableContext & { appId: string }) {
  const page = pageIn(cloud, 'credentials', { clientId: appId })
  if (page?.label !== 'credentials') return null
  return (
    <a
      href={page.url}
      target="_blank"
      rel="noreferrer"
      className="no-print prose-link inline-flex items-center gap-1 text-xs font-[400]"
    >
      {t('table.portal')}
      <Icon name="external" className="size-3" />
    </a>
  )
}

/** Mutes or unmutes one row; its name and value are those of the form around the table. */
function Mute({ row, t }: { row: InventoryRow; t: TableContext['t'] }) {
  const way = row.mutedAt ? 'unmute' : 'mute'
  return (
    <button
      type="submit"
      name="one"
      value={`${way} ${rowValue(row)}`}
      className="no-print button button-quiet button-small"
    >
      {t(way)}
      <span className="sr-only"> {row.displayName || row.application || row.keyId}</span>
    </button>
  )
}
