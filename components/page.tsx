import type { ReactNode } from 'react'
import { DocumentTitle } from './document-title'
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

/** A page of the console: a bar with the way here, the title as h1, the parts of the subject and quiet actions, then its content. */
export function Page(props: {
  /** May be an address or a name that an operator typed. */
  title: string
  /** Of the browser's tab, if it is not `title`. */
  documentTitle?: string
  crumbs?: readonly Crumb[]
  tabs?: readonly Tab[]
  tabsLabel?: string
  actions?: ReactNode
  /** `text` for a page that is read rather than scanned. */
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
        <div
          className={`flex min-h-8.5 min-w-0 flex-wrap items-center gap-x-2 print:w-full ${crumbs.length > 0 ? 'max-sm:flex-[1_1_45%]' : ''}`}
        >
          {crumbs.length > 0 && <Breadcrumb crumbs={crumbs} />}
          <h1 tabIndex={-1} className="min-w-0 font-[620] print:basis-full print:text-3xl">
            <Foreign>{title}</Foreign>
          </h1>
        </div>
        {tabs.length > 0 && <Tabs tabs={tabs} label={tabsLabel} />}
        {actions && <div className="bar-actions no-print ml-auto flex flex-wrap items-center gap-2">{actions}</div>}
      </header>
      <div
        className={`grid grid-cols-[minmax(0,1fr)] gap-7 px-4 pt-5 pb-10 sm:px-6 sm:pt-7 sm:pb-14 lg:px-10 print:flex print:flex-col print:p-0 ${props.width === 'text' ? 'max-w-[52rem]' : 'max-w-[77.5rem]'}`}
      >
        {description && <p className="max-w-[68ch] text-soft">{description}</p>}
        {props.children}
      </div>
    </>
  )
}

function Breadcrumb({ crumbs }: { crumbs: readonly Crumb[] }) {
  return (
    <ol className="flex flex-wrap items-center gap-x-2 font-[500] text-faint">
      {crumbs.map(({ label, href }) => (
        <li key={href ?? label} className="crumb group">
          {href ? (
            <Link href={href} className="rounded-sm hover:text-ink hover:underline">
              <Foreign>{label}</Foreign>
            </Link>
          ) : (
            label
          )}
          <span aria-hidden="true" className="ml-2 text-edge print:group-last:hidden">
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
            <Link href={href} aria-current={current ? 'page' : undefined} className="tab">
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
