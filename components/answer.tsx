import type { ReactNode } from 'react'
import { ButtonLink } from './button'
import { Foreign } from './text'

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
