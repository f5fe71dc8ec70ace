import type { ReactNode } from 'react'
import { DocumentTitle } from './document-title'
import { Wordmark } from './wordmark'

/** A page outside the console: sign-in, set-up, an error. One card under our name, over a faint postmark. */
export function Entrance(props: {
  title: string
  /** The title of the browser's tab, if it is not `title`. */
  documentTitle?: string
  description?: ReactNode
  /** `alert` if the page replaces another one. */
  role?: 'alert'
  children?: ReactNode
  foot?: ReactNode
}) {
  const { title, documentTitle = title, description, children, foot } = props
  return (
    <div className="relative grid min-h-dvh content-center justify-items-center overflow-hidden px-4 py-8">
      <DocumentTitle>{documentTitle}</DocumentTitle>
      <svg
        viewBox="0 0 54 54"
        fill="none"
        stroke="currentColor"
        aria-hidden="true"
        className="pointer-events-none absolute top-1/2 left-1/2 w-[min(61rem,150vw)] -translate-x-[12%] -translate-y-[62%] -rotate-14 text-accent opacity-10"
      >
        <circle cx="27" cy="27" r="25.5" strokeWidth="0.3" strokeDasharray="1.1 1.4" strokeLinecap="round" />
        <circle cx="27" cy="27" r="20.5" strokeWidth="0.3" />
        <path
          d="M1 23c8-3 14 3 26 0s18 3 26 0M1 27c8-3 14 3 26 0s18 3 26 0M1 31c8-3 14 3 26 0s18 3 26 0"
          strokeWidth="0.24"
        />
      </svg>
      <header className="relative">
        <Wordmark />
      </header>
      <main
        id="main"
        className="relative mt-4.5 w-full max-w-96 rounded-xl border border-line bg-raised px-5 pt-6 pb-5 shadow-3 sm:px-7 sm:pt-7"
      >
        <div role={props.role}>
          <h1 tabIndex={-1} className="text-[1.5rem] leading-8 font-[620] tracking-[-0.02em]">
            {title}
          </h1>
          {description && <p className="mt-1 text-soft">{description}</p>}
          {children && (
            <div className="mt-4.5 [&_form_.button-primary]:min-h-10 [&_form_.button-primary]:w-full">{children}</div>
          )}
        </div>
      </main>
      {foot && <footer className="relative mt-4.5 text-sm text-soft">{foot}</footer>}
    </div>
  )
}
