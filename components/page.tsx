import type { Route } from 'next'
import Link from 'next/link'
import type { ReactNode } from 'react'
import { Foreign } from './foreign'
import { Icon } from './icon'

export interface Crumb {
  label: string
  /** Absent for a heading that has no page, such as *System settings*. */
  href?: string
}

/** A page of the console: breadcrumb, title, purpose, then its content. Once in each page, since it holds the h1. */
export function Page(props: {
  /** May be an address or a name that an operator typed. */
  title: string
  breadcrumb?: readonly Crumb[]
  description?: ReactNode
  /** Shown next to the title: a badge, or the main action of the page. */
  aside?: ReactNode
  width?: 'text' | 'wide'
  children: ReactNode
}) {
  return (
    <div className={`mx-auto w-full ${props.width === 'text' ? 'max-w-[46rem]' : 'max-w-[72rem]'}`}>
      <header className="mb-6 sm:mb-8">
        {props.breadcrumb && <Breadcrumb crumbs={props.breadcrumb} />}
        <div className="flex flex-wrap items-center gap-x-4 gap-y-2">
          <h1 className="text-2xl font-[620] tracking-[-0.021em]">
            <Foreign>{props.title}</Foreign>
          </h1>
          {props.aside}
        </div>
        {props.description && <p className="mt-1.5 max-w-[44rem] text-pretty text-soft">{props.description}</p>}
      </header>
      {props.children}
    </div>
  )
}

function Breadcrumb({ crumbs }: { crumbs: readonly Crumb[] }) {
  return (
    <ol className="mb-1 flex flex-wrap items-center gap-x-1 text-sm text-faint">
      {crumbs.map((crumb, index) => (
        <li key={crumb.label} className="flex items-center gap-x-1">
          {index > 0 && <Icon name="chevron" className="size-3" />}
          {crumb.href ? (
            <Link href={crumb.href as Route} className="rounded-sm hover:text-accent hover:underline">
              {crumb.label}
            </Link>
          ) : (
            <span>{crumb.label}</span>
          )}
        </li>
      ))}
    </ol>
  )
}
