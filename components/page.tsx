import { type ReactNode, useId } from 'react'
import { DocumentTitle } from './document-title'
import { Icon } from './icon'
import { Foreign, Link } from './text'

export interface Crumb {
  label: string
  /** Absent for a heading that has no page, such as *System settings*. */
  href?: string
}

export interface Tab {
  href: string
  label: string
  /** Instead of the label on a narrow screen, so that all tabs are in one line. */
  short?: string
  current: boolean
}

/**
 * A page of the console: a bar with the way here, the title, the parts of the subject and quiet actions, then its content. Once in
 * each page, since it holds the h1.
 *
 * @param props.title May be an address or a name that an operator typed.
 * @param props.documentTitle Of the browser's tab, if it is not `title`.
 * @param props.width `text` for a page that is read rather than scanned.
 */
export function Page(props: {
  title: string
  documentTitle?: string
  crumbs?: readonly Crumb[]
  tabs?: readonly Tab[]
  tabsLabel?: string
  actions?: ReactNode
  width?: 'text' | 'wide'
  /** What the page is for, where no answer says it. */
  description?: ReactNode
  children: ReactNode
}) {
  const { title, crumbs = [], tabs = [], tabsLabel, actions, description } = props
  return (
    <>
      <DocumentTitle>{props.documentTitle ?? title}</DocumentTitle>
      <header className="flex min-h-13 flex-wrap items-center gap-x-3.5 gap-y-1 sm:gap-y-3 border-b border-line px-4 py-2 sm:px-6 lg:px-10 print:border-0 print:px-0">
        <div className="flex min-h-8.5 min-w-0 flex-wrap items-center gap-x-2">
          {crumbs.length > 0 && <Breadcrumb crumbs={crumbs} />}
          <h1 tabIndex={-1} className="min-w-0 font-[620] tracking-[-0.005em]">
            <Foreign>{title}</Foreign>
          </h1>
        </div>
        {tabs.length > 0 && <Tabs tabs={tabs} label={tabsLabel} />}
        {actions && <div className="bar-actions no-print ml-auto flex flex-wrap items-center gap-2">{actions}</div>}
      </header>
      <div
        className={`grid grid-cols-[minmax(0,1fr)] gap-7 px-4 pt-5 pb-10 sm:px-6 sm:pt-7 sm:pb-14 lg:px-10 print:p-0 ${props.width === 'text' ? 'max-w-[52rem]' : 'max-w-[77.5rem]'}`}
      >
        {description && <p className="max-w-[68ch] text-soft">{description}</p>}
        {props.children}
      </div>
    </>
  )
}

/** The main column and a side column of 328 px that remains in view; below the main one on a narrow screen. */
export function WithSide(props: { side: ReactNode; children: ReactNode }) {
  return (
    <div className="grid grid-cols-[minmax(0,1fr)] items-start gap-7 lg:grid-cols-[minmax(0,1fr)_20.5rem] lg:gap-8">
      <div className="grid min-w-0 grid-cols-[minmax(0,1fr)] gap-7">{props.children}</div>
      <div className="grid min-w-0 grid-cols-[minmax(0,1fr)] gap-4 lg:sticky lg:top-6">{props.side}</div>
    </div>
  )
}

function Breadcrumb({ crumbs }: { crumbs: readonly Crumb[] }) {
  return (
    <ol className="flex flex-wrap items-center gap-x-2 font-[500] text-faint">
      {crumbs.map(({ label, href }) => (
        <li key={href ?? label} className="crumb">
          {href ? (
            <Link href={href} className="rounded-sm hover:text-ink hover:underline">
              <Foreign>{label}</Foreign>
            </Link>
          ) : (
            label
          )}
          <span aria-hidden="true" className="ml-2 text-edge">
            /
          </span>
        </li>
      ))}
    </ol>
  )
}

/** They lie on the line below the bar; on a narrow screen they take a line to themselves. */
function Tabs({ tabs, label }: { tabs: readonly Tab[]; label: string | undefined }) {
  return (
    <nav
      aria-label={label}
      className="no-print -my-2 self-stretch max-sm:order-3 max-sm:-mx-1.5 max-sm:mt-0 max-sm:w-full"
    >
      <ul className="flex h-full flex-wrap">
        {tabs.map(({ href, label, short, current }) => (
          <li key={href}>
            <Link
              href={href}
              aria-current={current ? 'page' : undefined}
              className="-mb-px flex h-full min-h-10 items-center border-b-2 border-transparent px-2.5 text-[0.84375rem] font-[500] text-soft hover:text-ink aria-[current=page]:border-accent aria-[current=page]:font-[600] aria-[current=page]:text-ink max-sm:px-1.5"
            >
              {short === undefined ? (
                label
              ) : (
                <>
                  <span className="max-sm:hidden">{label}</span>
                  <span className="sm:hidden">{short}</span>
                </>
              )}
            </Link>
          </li>
        ))}
      </ul>
    </nav>
  )
}

/**
 * A raised box, with its heading inside. A table or list as its only content reaches from edge to edge.
 *
 * @param props.flush The content brings its own distance to the edge: a table, a list, rows with hairlines.
 */
export function Panel(props: {
  title?: ReactNode
  description?: ReactNode
  aside?: ReactNode
  id?: string
  flush?: boolean
  className?: string
  children: ReactNode
}) {
  const { title, description, aside, id, flush = false, className = '' } = props
  const heading = useId()
  return (
    <section
      id={id}
      aria-labelledby={title ? heading : undefined}
      className={`panel min-w-0 rounded-lg border border-line bg-raised shadow-1 ${className}`}
    >
      {(title || aside) && (
        <div className="flex flex-wrap items-baseline justify-between gap-x-3 gap-y-1 px-4.5 pt-3.5 pb-2.5">
          {title && (
            <h2 id={heading} className="text-[0.90625rem] font-[620] tracking-[-0.008em]">
              {title}
            </h2>
          )}
          {description && <div className="mr-auto text-sm text-faint">{description}</div>}
          {aside && <div className="text-sm">{aside}</div>}
        </div>
      )}
      {flush ? (
        props.children
      ) : (
        <div className={`px-4.5 pb-4.5 ${title || aside ? 'pt-0.5' : 'pt-4'}`}>{props.children}</div>
      )}
    </section>
  )
}

/** A part of a page with its heading above what it holds, such as several panels or a table. */
export function Part(props: { title: ReactNode; aside?: ReactNode; id?: string; children: ReactNode }) {
  const heading = useId()
  return (
    <section id={props.id} aria-labelledby={heading} className="min-w-0">
      <div className="mb-3 flex flex-wrap items-baseline justify-between gap-x-3 gap-y-1">
        <h2 id={heading} className="text-[0.90625rem] font-[620] tracking-[-0.008em]">
          {props.title}
        </h2>
        {props.aside && <div className="text-sm text-faint">{props.aside}</div>}
      </div>
      {props.children}
    </section>
  )
}

/** The heading of a fold that hides a long list, with the number of its rows. */
export const FoldHeading = ({ title, count }: { title: string; count: number }) => (
  <h2 className="font-[620] text-ink">
    {title} <span className="font-[550] text-faint tabular-nums">{count}</span>
  </h2>
)

/** Hides a supplement, such as a check or the way back; never the main thing of a page. */
export function Fold(props: { summary: ReactNode; open?: boolean; className?: string; children: ReactNode }) {
  return (
    <details open={props.open} className={`fold ${props.className ?? ''}`}>
      <summary className="flex min-h-8 list-none items-center gap-2 text-[0.84375rem] font-[550] text-soft hover:text-ink max-sm:min-h-10 [&::-webkit-details-marker]:hidden">
        <Icon name="chevron" className="size-3.5 text-faint" />
        {props.summary}
      </summary>
      <div className="pt-1.5 pb-2">{props.children}</div>
    </details>
  )
}
