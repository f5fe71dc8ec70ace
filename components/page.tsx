import { type ReactNode, useId } from 'react'
import { ButtonLink } from './button'
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

/**
 * The main column and a side column of 328 px that remains in view; below the main one on a narrow screen. On paper neither this nor the page
 * around it is a grid, because Firefox puts a grid that does not fit on the rest of a sheet on the next one as a whole.
 */
export function WithSide(props: { side: ReactNode; children: ReactNode }) {
  return (
    <div className="grid grid-cols-[minmax(0,1fr)] items-start gap-7 lg:grid-cols-[minmax(0,1fr)_20.5rem] lg:gap-8 print:flex print:flex-col print:items-stretch">
      <div className="grid min-w-0 grid-cols-[minmax(0,1fr)] gap-7 print:flex print:flex-col">{props.children}</div>
      <div className="grid min-w-0 grid-cols-[minmax(0,1fr)] gap-4 lg:sticky lg:top-6 print:flex print:flex-col">
        {props.side}
      </div>
    </div>
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

/** A raised box, with its heading inside. It is `flush` around what brings its own distance to the edge: a table, a list, rows with hairlines. */
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
            <h2 id={heading} className="text-[0.90625rem] font-[620]">
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
        <h2 id={heading} className="text-[0.90625rem] font-[620]">
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
      <summary className="flex list-none gap-2 py-1.25 text-[0.84375rem] font-[550] text-soft hover:text-ink pointer-coarse:py-2.75 [&::-webkit-details-marker]:hidden">
        <Icon name="chevron" className="mt-1 size-3.5 text-faint" />
        {props.summary}
      </summary>
      <div className="pt-1.5 pb-2">{props.children}</div>
    </details>
  )
}

export type Tone = 'good' | 'warn' | 'bad' | 'info' | 'neutral'
/** A sign, or the number of things to do. */
export type PostmarkSign = 'tick' | 'cross' | 'pause' | 'dot' | number

const INK: Record<Tone, string> = {
  good: 'text-good',
  warn: 'text-warn',
  bad: 'text-bad',
  info: 'text-accent',
  neutral: 'text-faint',
}

const SIGN: Record<Tone, PostmarkSign> = { good: 'tick', warn: 'dot', bad: 'cross', info: 'dot', neutral: 'dot' }

export type AnswerProps = Parameters<typeof Answer>[0]

/** The page's one question answered in one sentence, next to a postmark. The sentence is no heading, since the page's name is. */
export function Answer(props: {
  tone: Tone
  mark?: PostmarkSign
  /** A whole sentence, made of real data. A name, such as that of a fault, becomes one by a full stop. */
  title: string
  titleId?: string
  titleLang?: string | undefined
  /** Of the result of a form: the address that ends in it gives it the focus. Without a name, for which Orca would leave out the title. */
  id?: string
  detail?: ReactNode
  /** The next step: at most one filled button on a page, and a quiet one. */
  action?: ReactNode
}) {
  const { tone, title, id, detail, action } = props
  return (
    <div
      {...(id && { id, tabIndex: -1 })}
      className="grid grid-cols-[auto_minmax(0,1fr)] gap-x-3.5 gap-y-3 outline-none sm:items-center sm:gap-x-5 lg:grid-cols-[auto_minmax(0,1fr)_auto]"
    >
      <Postmark sign={props.mark ?? SIGN[tone]} className={`size-11 sm:size-13.5 ${INK[tone]}`} />
      <div>
        <p
          id={props.titleId}
          lang={props.titleLang}
          data-answer={tone}
          className="text-[1.375rem] leading-7 font-[620] tracking-[-0.022em] sm:text-3xl sm:leading-[2.125rem]"
        >
          {unbroken(sentence(title))}
        </p>
        {detail && <div className="mt-1 max-w-[68ch] text-lg text-soft sm:text-balance">{unbroken(detail)}</div>}
      </div>
      {action && (
        <div className="answer-action no-print flex flex-wrap gap-2 max-lg:col-span-full sm:max-lg:col-start-2">
          {action}
        </div>
      )}
    </div>
  )
}

/**
 * A line that ends in “E-”, in a hyphen of an address or an ID, or in a number without what it counts looks like a mistake in letters of this size.
 * A longer address still breaks, after a dot.
 */
export function unbroken(text: ReactNode): ReactNode {
  if (typeof text !== 'string') return text
  return text.split(/(E-Mail|\S+@\S+|[\da-f-]{36}\S*)/).map((part, index) =>
    index % 2 === 1 ? (
      // biome-ignore lint/suspicious/noArrayIndexKey: the parts of a text have nothing else, and their order is fixed
      <span key={index} className="inline-block max-w-full">
        {part === 'E-Mail' ? part : <Foreign>{part}</Foreign>}
      </span>
    ) : (
      part.replaceAll(/(?<=\d) (?=\p{L})/gu, '\u00a0')
    ),
  )
}

const sentence = (title: string): string => (/[.?!…]$/.test(title) ? title : `${title}.`)

const SIGNS = {
  tick: 'm18.5 27.8 5.7 5.7L36 21.5',
  cross: 'm20.5 20.5 13 13M33.5 20.5l-13 13',
  pause: 'M22.5 20v14M31.5 20v14',
}

/** A postmark ring with a sign or a number. What it says is in the text next to it. */
export function Postmark({ sign, className }: { sign: PostmarkSign; className: string }) {
  return (
    <svg viewBox="0 0 54 54" fill="none" stroke="currentColor" aria-hidden="true" className={`shrink-0 ${className}`}>
      <circle
        cx="27"
        cy="27"
        r="25.5"
        strokeWidth="1.6"
        strokeDasharray="2.2 2.8"
        strokeLinecap="round"
        opacity=".75"
      />
      <circle cx="27" cy="27" r="20.5" strokeWidth="1.6" />
      <Sign sign={sign} />
    </svg>
  )
}

function Sign({ sign }: { sign: PostmarkSign }) {
  if (sign === 'dot') return <circle cx="27" cy="27" r="5" fill="currentColor" stroke="none" />
  if (typeof sign !== 'number')
    return <path d={SIGNS[sign]} strokeWidth="2.6" strokeLinecap="round" strokeLinejoin="round" />
  const text = numberShown(sign)
  const { y, size } = NUMBER_LOOKS[text.length] ?? SHORT_NUMBER
  return (
    <text x="27" y={y} textAnchor="middle" stroke="none" className={`fill-current font-[700] tabular-nums ${size}`}>
      {text}
    </text>
  )
}

/** Numbers of one and two digits; longer ones by their length. */
const SHORT_NUMBER = { y: 33.8, size: 'text-[19px]' }
const NUMBER_LOOKS: Partial<Record<number, typeof SHORT_NUMBER>> = {
  3: { y: 32.5, size: 'text-[15px]' },
  4: { y: 31.3, size: 'text-[12px]' },
}

/** A count in a small place. */
export const numberShown = (count: number): string => (count > 999 ? '999+' : String(count))

/** Nothing here yet: one sentence, and one action that fills it, such as a `link` with its text. */
export function EmptyState(props: {
  title: string
  link?: readonly [href: string, text: string] | false
  action?: ReactNode
  children?: ReactNode
}) {
  const { title, link, children } = props
  const action = link ? <ButtonLink href={link[0]} text={link[1]} /> : props.action
  return (
    <div className="flex gap-4 rounded-lg border border-line bg-raised px-5 py-4 shadow-1">
      <Postmark sign={0} className="size-11 text-faint" />
      <div className="min-w-0 self-center">
        <p className="text-lg font-[600]">{title}</p>
        {children && <div className="max-w-[68ch] text-sm text-soft">{children}</div>}
        {action && <div className="mt-3 flex flex-wrap gap-2">{action}</div>}
      </div>
    </div>
  )
}
