import type { ReactNode } from 'react'
import { Wordmark } from './wordmark'

/** A page outside the console: sign-in, set-up, an error. One card under our name. */
export function Entrance({
  title,
  description,
  children,
  foot,
}: {
  title: string
  description?: ReactNode
  children?: ReactNode
  foot?: ReactNode
}) {
  return (
    <div className="flex min-h-dvh flex-col items-center px-4 pt-[12vh] pb-10">
      <header>
        <Wordmark />
      </header>
      <main id="main" className="mt-6 w-full max-w-[25rem] rounded-lg border border-line bg-surface px-5 py-6 sm:px-7">
        <h1 className="text-xl font-[620] tracking-[-0.015em]">{title}</h1>
        {description && <p className="mt-1 text-soft">{description}</p>}
        {children && <div className="mt-5">{children}</div>}
      </main>
      {foot && <footer className="mt-6 text-sm text-faint">{foot}</footer>}
    </div>
  )
}
