import type { ReactNode } from 'react'

interface Look {
  align?: 'end'
  /** Left out on a narrow screen. */
  wide?: true
  /** In a row that is `brief` there: the cell says its column's name after all, or has a line to itself. */
  brief?: 'named' | 'line'
  /** Only screen readers hear the heading, and a card does not name the column: for the last one, with the next step. */
  hideLabel?: true
  /** Its share of a wide table, as a class. Where one column has a share, all should. */
  share?: `xl:w-[${number}%]`
}

type Cell<Row> = (row: Row) => ReactNode

export interface Column<Row> extends Look {
  label: ReactNode
  cell: Cell<Row>
}

/** A column by its heading and what each row shows in it, with its look between them. */
export function column<Row>(label: ReactNode, ...about: [Cell<Row>] | [Look, Cell<Row>]): Column<Row> {
  const [look, cell] = about.length === 1 ? [{}, about[0]] : about
  return { label, cell, ...look }
}

/** Makes the columns of a table. One that some readers do not get is `false`. */
export type Columns<Row> = (make: typeof column<Row>) => readonly (Column<Row> | false)[]

interface Rows<Row> {
  columns: readonly Column<Row>[]
  rows: readonly Row[]
  rowKey: (row: Row) => string
  /** The boxes that choose a row, or none for a row, and those that choose all. */
  choice?: { all?: ReactNode; one: Cell<Row> } | false
  /** Cells are centred, for rows with a picture. Otherwise their first lines are level. */
  middle?: boolean
}

const NARROW = { cards: '', brief: 'rack-brief', run: 'rack-brief rack-run', table: 'rack-narrow' } as const

/** Right-aligned numbers would otherwise meet the left-aligned text of the next column. */
const APART = 'sm:not-last:pr-7'

/**
 * Rows and columns. On a narrow screen a row becomes a card: its name, and then the other cells in lines. The first column names the row.
 * The roles are those that the elements have, which some browsers forget once CSS lays them out as cards.
 */
export function Table<Row>(
  props: Omit<Rows<Row>, 'columns'> & {
    children: Columns<Row>
    caption: string
    /** The heading of a row's group, such as a day; the rows have to be in the order of their groups. */
    groupOf?: (row: Row) => string
    /** There `run` begins the other cells on the line of the name, in `cards` each names its column, and a narrow `table` remains one. */
    narrow?: keyof typeof NARROW
    /** Fills a flush `Panel`. Outside one the table is boxed. */
    flush?: boolean
  },
) {
  const { caption, rows, rowKey, choice, middle, groupOf, narrow = 'brief', flush = false } = props
  const columns = props.children(column).filter((each) => each !== false)
  const layout = columns.some(({ share }) => share) ? 'xl:table-fixed' : ''
  const table = (
    <table role="table" className={`rack ${NARROW[narrow]} w-full border-collapse text-sm ${layout}`}>
      <caption className="sr-only">{caption}</caption>
      <thead role="rowgroup">
        <tr role="row" className="border-b border-line">
          {columns.map(({ label, align, wide, hideLabel, share = '' }, index) => {
            const box = index === 0 && choice
            const shownLabel = hideLabel ? <span className="sr-only">{label}</span> : label
            return (
              <th
                // biome-ignore lint/suspicious/noArrayIndexKey: its place is a column's identity
                key={index}
                scope="col"
                role={box ? 'none' : 'columnheader'}
                className={`align-bottom text-xs font-[500] text-faint ${share} ${align === 'end' ? `text-right ${APART}` : ''} ${wide ? 'max-sm:hidden' : ''}`}
              >
                {box ? (
                  <WithBox box={box.all} role="columnheader">
                    {label}
                  </WithBox>
                ) : (
                  shownLabel
                )}
              </th>
            )
          })}
        </tr>
      </thead>
      {groupsOf(rows, groupOf).map(([heading, members]) => (
        <tbody
          key={heading}
          role="rowgroup"
          className="divide-y divide-line border-t border-line first-of-type:border-t-0"
        >
          {heading !== null && (
            <tr role="row" className="rack-group bg-well">
              {/* A second level of headings would call for a list of headings on every cell. */}
              <td role="cell" colSpan={columns.length} className="rack-whole text-xs font-[600] text-soft">
                {heading}
              </td>
            </tr>
          )}
          <TableRows {...{ columns, rowKey, choice, middle }} rows={members} />
        </tbody>
      ))}
    </table>
  )
  return flush ? table : <div className="panel rounded-lg border border-line bg-raised shadow-1">{table}</div>
}

/**
 * The name of a row or of its column, with the box before it. To the eye both are one cell. To screen readers they are two, since they say
 * the name of a row as a whole, and then what it consists of.
 */
const WithBox = (props: { box: ReactNode; role: 'columnheader' | 'rowheader'; children: ReactNode }) => (
  <div className="flex gap-2.5">
    {/* biome-ignore lint/a11y/useSemanticElements: a cell within a cell */}
    <span role="cell" className="rack-choice">
      {props.box}
    </span>
    <div role={props.role} className="min-w-0">
      {props.children}
    </div>
  </div>
)

function TableRows<Row>({ columns, rows, rowKey, choice, middle = false }: Rows<Row>) {
  return rows.map((row) => (
    <tr key={rowKey(row)} role="row" className={middle ? 'align-middle' : 'align-baseline'}>
      {columns.map(({ label, align, wide, brief, hideLabel, cell }, index) => {
        const Cell = index === 0 ? 'th' : 'td'
        const box = index === 0 && choice
        const look = [
          wide && 'max-sm:hidden',
          hideLabel && 'rack-whole',
          align === 'end' && 'rack-end',
          brief && `rack-${brief}`,
        ].filter(Boolean)
        return (
          <Cell
            // biome-ignore lint/suspicious/noArrayIndexKey: its place is a column's identity
            key={index}
            {...(index === 0 ? { scope: 'row', role: box ? 'none' : 'rowheader' } : { role: 'cell' })}
            data-label={typeof label === 'string' && !hideLabel ? label : undefined}
            className={look.length > 0 ? look.join(' ') : undefined}
          >
            {box ? (
              <WithBox box={box.one(row)} role="rowheader">
                {cell(row)}
              </WithBox>
            ) : (
              <div>{cell(row)}</div>
            )}
          </Cell>
        )
      })}
    </tr>
  ))
}

/** Neighbours with the same heading, or all rows without one. */
function groupsOf<Row>(rows: readonly Row[], groupOf?: (row: Row) => string): [string | null, readonly Row[]][] {
  if (!groupOf) return [[null, rows]]
  const groups: [string, Row[]][] = []
  for (const row of rows) {
    const heading = groupOf(row)
    const last = groups.at(-1)
    if (last?.[0] === heading) last[1].push(row)
    else groups.push([heading, [row]])
  }
  return groups
}
