import type { Route } from 'next'
import NextLink, { type LinkProps } from 'next/link'
import type { ComponentProps, ReactNode } from 'react'
import type { Formats } from '@/lib/i18n/formats'

/**
 * Where an address may break: before its @, unless that begins a pattern for a domain, and in an IPv6 address. In a text with an address, what
 * is too long for the rail breaks after its dots too. The group makes `split` tell these places. Bounded, for answers of thousands of dots.
 */
const BREAKS = /((?<=[^\s*])(?=@)|(?<=(?=[^@\s]{15}\w)[^@\s]{0,63}\.)(?=.*@|(?<=@.*))|(?<=\b[\da-f]{3,4}:)(?!:))/s

/**
 * Text from outside, such as a name or an address. `<bdi>` ends its writing direction with it. It may be long and without blanks, so it is
 * what breaks in a narrow column, down to the width of its class, if that has one. Of an address only a part that is wider than the whole
 * line breaks inside.
 */
export const Foreign = ({ children, className }: { children: string; className?: string }) => (
  <bdi className={className}>
    {/* biome-ignore lint/suspicious/noArrayIndexKey: parts of one text */}
    {children.split(BREAKS).map((part, index) => part || <wbr key={index} />)}
  </bdi>
)

type LinkTo = Omit<LinkProps<string>, 'href' | 'className'> & { href: string; className?: string }

/** The page that it leads to is not fetched ahead, unless `prefetch` is null. */
export const Link = ({ href, ...props }: LinkTo) => <NextLink prefetch={false} {...props} href={href as Route} />

export const TextLink = ({ className = '', ...props }: LinkTo) => (
  <Link {...props} className={`prose-link ${className}`.trim()} />
)

/** The name of a table's row, which leads to its page. */
export const NameLink = ({ href, name, className }: { href: string; name: string; className?: string }) => (
  <Link href={href} className="rack-name">
    <Foreign className={className}>{name}</Foreign>
  </Link>
)

/** Followed by the browser alone: to a file, to a place on this page, or to `isExternal` pages of others, in a new tab. */
export const PlainLink = ({ isExternal, className = '', ...props }: ComponentProps<'a'> & { isExternal?: boolean }) => (
  <a
    {...props}
    {...(isExternal && { target: '_blank', rel: 'noreferrer' })}
    className={`prose-link ${className}`.trim()}
  />
)

/** Short facts with ` · ` between them, which no line begins or ends with. A narrow screen leaves out the last one, `wide`. */
export function FactLine({ children, wide }: { children: string; wide?: string }) {
  const facts = children.split(' · ')
  if (facts.length === 1 && !wide) return <Foreign>{children}</Foreign>
  return (
    <span className="facts">
      {[...facts, ...(wide ? [wide] : [])].map((fact, index) => (
        <span key={fact} className={fact === wide ? 'max-sm:hidden' : undefined}>
          {index > 0 && <i> · </i>}
          <Foreign>{fact}</Foreign>
        </span>
      ))}
    </span>
  )
}

/** A command in a sentence of the catalogue. */
export const Command = (text: ReactNode) => <code className="font-mono text-xs">{text}</code>

/** For screen readers, which of several things a button is about. */
export const Named = ({ text, of }: { text: ReactNode; of?: string | undefined }) => (
  <>
    {text}
    {of && <span className="sr-only"> {of}</span>}
  </>
)

/** A moment, absolute and relative; `date` leaves the time of day out. */
export function Timestamp({ at, now, t, show }: { at: Date; now: Date; t: Formats; show?: 'date' }) {
  const [absolute, relative] =
    show === 'date' ? [t.date(at), t.relativeDay(at, now)] : [t.time(at), t.relativeTime(at, now)]
  return (
    <time dateTime={at.toISOString()} className="tabular-nums">
      <span>{absolute}</span> <span className="text-faint">{`(${relative})`}</span>
    </time>
  )
}
