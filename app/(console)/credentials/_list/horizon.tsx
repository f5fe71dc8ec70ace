import { Panel } from '@/components/panel'
import { Link } from '@/components/text'
import type { Translator, ViewContext } from '@/lib/i18n/translations'
import { type Tone, toneOf } from '../_view/labels'
import { FILL } from '../_view/lifetime'
import { type CredentialsQuery, listHref, monthOf } from './query'
import { needsYou, type Row } from './rows'

/** Higher columns are one bar with its number. */
const BLOCKS_MAX = 12
const BLOCK_PX = 9
/** Above a column, for its number. */
const NUMBER_PX = 16

const SEVERITY: readonly Tone[] = ['bad', 'warn', 'good', 'neutral']

/** What the group of a row is called: "This week", "December 2026", "No date". */
export const monthLabel = (month: string, t: Translator<'credentials'>): string =>
  month === 'week' || month === 'none' ? t(`horizon.${month}`) : t.monthAndYear(firstDayOf(month))

const firstDayOf = (month: string): Date => new Date(`${month}-01T00:00:00Z`)

/** The months in the order of the list: what needs attention first, what has no date last. */
export const monthsOf = (rows: readonly Row[]): string[] =>
  [...new Set(rows.map(monthOf))].sort((a, b) => sortKey(a).localeCompare(sortKey(b)))

const SORT_KEYS: Partial<Record<string, string>> = { week: '0', none: '9999-99' }
const sortKey = (month: string): string => SORT_KEYS[month] ?? month

const rowTone = (row: Row): Tone => (needsYou(row) && row.view.carriedBy ? 'warn' : toneOf(row.view))

/** A block for each credential, stacked by month; each column is a link that lists it. On a narrow screen the list alone has the months, unless one is chosen. */
export function Horizon(props: ViewContext<'credentials'> & { rows: readonly Row[]; query: CredentialsQuery }) {
  const { rows, query, t } = props
  const columns = monthsOf(rows).map((month) => ({ month, members: rows.filter((row) => monthOf(row) === month) }))
  return (
    <Panel
      title={t('horizon.title')}
      description={t('horizon.how')}
      className={query.month === '' ? 'no-print max-sm:hidden' : 'no-print'}
    >
      <ul className="grid grid-cols-[repeat(auto-fit,minmax(4.4rem,1fr))] gap-y-3 border-b border-line text-xs text-faint [&_a]:grid [&_a]:h-full [&_a]:content-end [&_a]:justify-items-center [&_a]:rounded-t-md [&_a]:pt-2 [&_a]:pb-1.5 [&_a:hover]:bg-well [&_a[aria-current]]:bg-accent-wash [&_text]:fill-soft [&_text]:font-[600]">
        {columns.map(({ month, members }) => {
          const isCurrent = query.month === month
          return (
            <li key={month}>
              <Link
                href={`${listHref(query, { month: isCurrent ? '' : month })}#list`}
                aria-current={isCurrent || undefined}
                aria-label={t('horizon.column', { count: members.length, month: monthLabel(month, t) })}
              >
                <Column rows={members} />
                <span className={`text-center ${month === 'week' ? 'font-[600] text-accent' : ''}`}>
                  {month === 'week' || month === 'none'
                    ? t(`horizon.${month}`)
                    : t.shortMonth(firstDayOf(month), month.endsWith('-01'))}
                </span>
              </Link>
            </li>
          )
        })}
      </ul>
    </Panel>
  )
}

function Column({ rows }: { rows: readonly Row[] }) {
  const tones = rows.map(rowTone).sort((a, b) => SEVERITY.indexOf(a) - SEVERITY.indexOf(b))
  const isBar = tones.length > BLOCKS_MAX
  const height = NUMBER_PX + Math.min(tones.length, BLOCKS_MAX) * BLOCK_PX
  return (
    <svg width="32" height={height} aria-hidden="true">
      {isBar ? (
        <rect
          y={NUMBER_PX}
          width="32"
          height={BLOCKS_MAX * BLOCK_PX - 2}
          rx="3"
          className={FILL[tones[0] ?? 'neutral']}
        />
      ) : (
        tones.map((tone, index) => (
          <rect
            // biome-ignore lint/suspicious/noArrayIndexKey: blocks of one column have no identity
            key={index}
            y={height - (index + 1) * BLOCK_PX}
            width="32"
            height={BLOCK_PX - 2}
            rx="2"
            className={FILL[tone]}
          />
        ))
      )}
      <text x="16" y={NUMBER_PX - 5} textAnchor="middle">
        {tones.length}
      </text>
    </svg>
  )
}
