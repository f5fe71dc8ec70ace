import type { ReactNode } from 'react'

export interface Column<Row> {
  key: string
  label: string
  cell: (row: Row) => ReactNode
  align?: 'end'
  /** Left out on a narrow screen. */
  wide?: true
  /** Its share of a wide table, as a class. Where one column has a share, all should. */
  share?: `xl:w-[${number}%]`
}

/**
 * Rows and columns; under 40rem every row becomes a card whose cells name their column. The first column names the row.
 *
 * @param props.lines Under 40rem every row is one line of its cells instead.
 */
export function Table<Row>(props: {
  caption: string
  columns: readonly Column<Row>[]
  rows: readonly Row[]
  rowKey: (row: Row) => string
  lines?: true
}) {
  const layout = props.columns.some(({ share }) => share) ? 'xl:table-fixed' : ''
  return (
    <table className={`rack ${props.lines ? 'rack-lines' : ''} w-full border-collapse text-sm ${layout}`}>
      <caption className="sr-only">{props.caption}</caption>
      <thead>
        <tr className="border-b border-line">
          {props.columns.map(({ key, label, align, share = '' }) => (
            <th
              key={key}
              scope="col"
              className={`py-1.5 pr-4 font-[500] whitespace-nowrap text-faint last:pr-0 ${share} ${align === 'end' ? 'text-right' : 'text-left'}`}
            >
              {label}
            </th>
          ))}
        </tr>
      </thead>
      <tbody className="divide-y divide-line">
        {props.rows.map((row) => (
          <tr key={props.rowKey(row)} className="align-baseline">
            {props.columns.map(({ key, label, align, wide, cell }, index) => {
              const look = `py-2 pr-4 last:pr-0 ${wide ? 'max-sm:hidden' : ''} ${align === 'end' ? 'sm:text-right tabular-nums' : 'text-left'}`
              return index === 0 ? (
                <th key={key} scope="row" data-label={label} className={`${look} font-[500]`}>
                  <div className="min-w-0">{cell(row)}</div>
                </th>
              ) : (
                <td key={key} data-label={label} className={look}>
                  <div className="min-w-0">{cell(row)}</div>
                </td>
              )
            })}
          </tr>
        ))}
      </tbody>
    </table>
  )
}
