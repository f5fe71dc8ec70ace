import { ReadableStream, TextEncoderStream } from 'node:stream/web'
import { routeCaller } from '@/app/_server/caller'
import { download } from '@/app/_server/download'
import { APPLICATIONS_PATH } from '@/app/paths'
import { auditEntry } from '@/lib/audit'
import { type Borders, type InventoryRow, inventoryState } from '@/lib/credentials/inventory/types'
import { type KeyUnder, type Translator, translatorFor } from '@/lib/i18n/translations'
import { csvText, MARK } from '@/lib/kernel/csv'
import { services } from '@/lib/services'
import { readFilter, searchOf } from '../query'

type Column = KeyUnder<'inventory', 'file'>
type Cell = (row: InventoryRow, context: { borders: Borders; t: Translator<'inventory'> }) => string

const CELLS: Record<Column, Cell> = {
  application: ({ application }) => application,
  appId: ({ appId }) => appId,
  objectId: ({ objectId }) => objectId,
  owners: ({ owners }) => owners.join('; '),
  kind: ({ kind }, { t }) => t(`kind.${kind}`),
  name: ({ displayName }) => displayName,
  keyId: ({ keyId }) => keyId,
  hint: ({ hint }) => hint ?? '',
  thumbprint: ({ thumbprint }) => thumbprint ?? '',
  starts: ({ startsAt }) => startsAt?.toISOString() ?? '',
  ends: ({ endsAt }) => endsAt?.toISOString() ?? '',
  state: ({ endsAt }, { borders, t }) => t(`state.${inventoryState(endsAt, borders)}`),
  mutedAt: ({ mutedAt }) => mutedAt?.toISOString() ?? '',
  mutedBy: ({ mutedBy }) => mutedBy ?? '',
}
const COLUMNS = Object.keys(CELLS) as Column[]

/** What matches the filter, as a file. */
export async function GET(request: Request): Promise<Response> {
  const filter = readFilter(Object.fromEntries(new URL(request.url).searchParams))
  const caller = await routeCaller(request, 'credentials:read', { freshFrom: APPLICATIONS_PATH + searchOf(filter) })
  if (caller instanceof Response) return caller
  const { inventory, audit } = services()
  const { state, kind, owner } = filter
  const details = { list: 'app-registrations', state, kind, owner }
  await audit.record(auditEntry('credentials.export', caller, null, details))
  // Rows are read only as fast as the client accepts them. The types of Node’s streams and of the browser’s differ.
  const rows = ReadableStream.from(texts(inventory.rows(filter), translatorFor(caller.locale, 'inventory')))
  const body = rows.pipeThrough(new TextEncoderStream()) as BodyInit
  return download('postroom-app-credentials.csv', 'text/csv; charset=utf-8', body)
}

async function* texts(parts: AsyncIterable<{ rows: InventoryRow[]; borders: Borders }>, t: Translator<'inventory'>) {
  yield csvText([COLUMNS.map((column) => t(`file.${column}`))])
  for await (const { rows, borders } of parts)
    yield csvText(rows.map((row) => COLUMNS.map((column) => CELLS[column](row, { borders, t })))).slice(MARK.length)
}
