import type { ReactNode } from 'react'
import { Foreign } from './text'

type Pair = ReturnType<typeof pair>

/** A name and its value. A name without a value is left out. A text may be one from outside. */
export const pair = (term: string, value: ReactNode, look: 'mono' | false = false) => ({ term, value, look })

/** Names and values, one pair a line: closer in a column that is `narrow`, and on a narrow screen the name above its value. */
export const DataList = (props: { items: readonly Pair[]; narrow?: boolean; className?: string }) => (
  <dl className={`pairs ${props.narrow ? 'pairs-narrow' : ''} ${props.className ?? ''}`}>
    {props.items.map(
      ({ term, value, look }) =>
        (value || value === 0) && (
          <div key={term}>
            <dt>{term}</dt>
            <dd className={look ? 'font-mono text-[0.8125rem] leading-6' : ''}>
              {typeof value === 'string' ? <Foreign>{value}</Foreign> : value}
            </dd>
          </div>
        ),
    )}
  </dl>
)

/** Four facts in a row, in two columns in a narrower window. Their values are level, although some names take two lines. */
export const Facts = ({ className = '', children }: { className?: string; children: ReactNode }) => (
  <dl className={`grid grid-cols-2 xl:grid-cols-4 ${className}`}>{children}</dl>
)

interface FactProps {
  term: string
  value: ReactNode
  about?: ReactNode
  isFigure?: boolean
  className?: string
}

export function Fact({ term, value, about, isFigure = false, className = '' }: FactProps) {
  return (
    <div className="row-span-2 grid min-w-0 grid-cols-[minmax(0,1fr)] grid-rows-subgrid border-line px-4.5 py-3 nth-[n+3]:border-t even:border-l xl:not-first:border-l xl:nth-[n+3]:border-t-0">
      <dt className="self-end text-xs text-faint">{term}</dt>
      <dd
        className={`self-baseline ${isFigure ? 'text-[1.375rem] leading-8 font-[620] tracking-[-0.02em] tabular-nums' : 'leading-6 font-[600]'} ${className}`}
      >
        {value}
        {about && <span className="block text-xs font-[400] text-faint">{about}</span>}
      </dd>
    </div>
  )
}
