import type { Route } from 'next'
import Link from 'next/link'
import type { ComponentProps } from 'react'

/** A link in a text. The page it leads to is not fetched ahead. */
export function TextLink({
  href,
  className = '',
  ...native
}: Omit<ComponentProps<typeof Link>, 'href' | 'prefetch' | 'className'> & { href: string; className?: string }) {
  return <Link {...native} href={href as Route} prefetch={false} className={`prose-link ${className}`.trim()} />
}
