import { routeCaller, whileAllowed } from '@/app/_server/caller'
import { type CsvColumns, csvDownload } from '@/app/_server/download'
import { APPLICATIONS_PATH } from '@/app/paths'
import { auditEntry } from '@/lib/audit'
import { type Borders, type InventoryRow, type InventoryState, inventoryState } from '@/lib/credentials/inventory/types'
import { type Translator, translatorFor } from '@/lib/i18n/translations'
import { services } from '@/lib/services'
import { readFilter, searchOf } from '../query'

export async function GET(request: Request): Promise<Response> {
  const filter = readFilter(Object.fromEntries(new URL(request.url).searchParams))
  const caller = await routeCaller(request, 'credentials:read', { freshFrom: APPLICATIONS_PATH + searchOf(filter) })
  if (caller instanceof Response) return caller
  const { inventory, audit } = services()
  const { state, kind, owner } = filter
  const details = { list: 'app-registrations', state, kind, owner }
  await audit.record(auditEntry('credentials.export', caller, null, details))
  return csvDownload(
    { name: 'postroom-app-credentials.csv', locale: caller.locale },
    columnsOf(translatorFor(caller.locale, 'inventory')),
    withStates(whileAllowed(request, 'credentials:read', inventory.rows(filter))),
  )
}

async function* withStates(parts: AsyncIterable<{ rows: InventoryRow[]; borders: Borders }>) {
  for await (const { rows, borders } of parts)
    yield rows.map((row) => ({ ...row, state: inventoryState(row.endsAt, borders) }))
}

const columnsOf = (t: Translator<'inventory'>): CsvColumns<InventoryRow & { state: InventoryState }> => [
  [t('file.application'), ({ application }) => application],
  [t('file.appId'), ({ appId }) => appId],
  [t('file.objectId'), ({ objectId }) => objectId],
  [t('file.owners'), ({ owners }) => owners.join('; ')],
  [t('file.kind'), ({ kind }) => t(`kind.${kind}`)],
  [t('file.name'), ({ displayName }) => displayName],
  [t('file.keyId'), ({ keyId }) => keyId],
  [t('file.hint'), ({ hint }) => hint ?? ''],
  [t('file.thumbprint'), ({ thumbprint }) => thumbprint ?? ''],
  [t('file.starts'), ({ startsAt }) => startsAt?.toISOString() ?? ''],
  [t('file.ends'), ({ endsAt }) => endsAt?.toISOString() ?? ''],
  [t('file.state'), ({ state }) => t(`state.${state}`)],
  [t('file.mutedAt'), ({ mutedAt }) => mutedAt?.toISOString() ?? ''],
  [t('file.mutedBy'), ({ mutedBy }) => mutedBy ?? ''],
]
