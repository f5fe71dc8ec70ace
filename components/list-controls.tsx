import { type ReactNode, useId } from 'react'
import type { Formats } from '@/lib/i18n/formats'
import { CHOICES_MAX } from '@/lib/kernel'
import { Button, ButtonLink } from './button'
import { Hidden } from './hidden'
import { Icon } from './icon'
import { type Choice, Select, TextInput } from './inputs'
import { ResultCount } from './result-count'
import { Foreign, Link } from './text'

export interface Segment {
  href: string
  label: string
  /** As it is shown, for example `1,493`. */
  count?: string
  current: boolean
}

/** More than these are a grid on a phone, where their lines would end anywhere. */
const MANY = 8

/**
 * The one filter of a list that matters most, as links, so that it works without scripts and can be sent to a colleague. A narrow screen
 * leaves out those that would list nothing, the first one excepted.
 */
export function Segments({ label, items }: { label: string; items: readonly Segment[] }) {
  return (
    <nav aria-label={label} className="no-print min-w-0">
      <ul
        className={`${items.length > MANY ? 'max-sm:grid max-sm:grid-cols-2 max-sm:after:hidden' : ''} inline-flex max-w-full flex-wrap overflow-hidden rounded-md border border-edge bg-raised shadow-1 after:grow-999 *:-mb-px *:-ml-px *:grow *:border-b *:border-l *:border-line`}
      >
        {items.map(({ href, label, count, current }, index) => (
          <li key={href} className={count === '0' && index > 0 && !current ? 'max-sm:hidden' : undefined}>
            <Link href={href} aria-current={current ? 'page' : undefined} className="segment">
              {label}
              {count !== undefined && <span className="shrink-0 font-[500] text-soft tabular-nums">{count}</span>}
            </Link>
          </li>
        ))}
      </ul>
    </nav>
  )
}

/** The parameters of a list's address, some of them absent. */
export type Query = Readonly<Record<string, string | null | undefined>>

export interface FilterOf {
  path: string
  /** All parameters of the address that are set. Each form passes on what its fields do not set, without the page number. */
  query: Query
}

/** The texts of a filter, which every catalogue of a list has. */
interface FilterTexts<Key extends string> {
  t: (key: `filter.${Key}`) => string
}

const othersIn = (query: Query, names: readonly string[]): Record<string, string> =>
  Object.fromEntries(
    Object.entries(query).filter((entry): entry is [string, string] => Boolean(entry[1]) && !names.includes(entry[0])),
  )

/**
 * The filters of a list: facets, and a search box at the end.
 *
 * @param props.results How many rows they leave, as it is shown, for example `1,493` or `25+`.
 */
export function Facets({ results, children }: { results: string; children: ReactNode }) {
  return (
    <search className="no-print flex flex-wrap items-center gap-2 max-sm:w-full">
      {children}
      <ResultCount count={results} />
    </search>
  )
}

/** The same of a list that is not counted as a whole. `isPart`: there are other pages. */
export const countOnPage = (rows: readonly unknown[], isPart: boolean, t: Formats): string =>
  t.number(rows.length) + (isPart ? '+' : '')

/** Where `ResultCount` gets the focus: in `Facets`, or above a list without filters. */
const toResult = (path: string): string => `${path}#results`

/**
 * One filter of a list: a small GET form that opens below its name.
 *
 * @param props.name The parameters that its fields set.
 * @param props.value What is chosen, in words; empty or null if nothing is.
 * @param props.apply In place of the button that sends it.
 */
export function Facet(
  props: FilterOf &
    FilterTexts<'apply' | 'clear'> & {
      name: string | readonly string[]
      label: string
      value: string | null
      apply?: ReactNode
      children: ReactNode
    },
) {
  const { path, query, t, name, label } = props
  const value = props.value || null
  const id = useId()
  const remaining = othersIn(query, [name].flat())
  const search = new URLSearchParams(remaining).toString()
  return (
    <>
      <button
        type="button"
        popoverTarget={id}
        className={`inline-flex min-h-8.5 items-center gap-1.5 rounded-md border px-2.5 text-left text-[0.84375rem] font-[500] hover:bg-well max-sm:min-h-10 ${value === null ? 'border-dashed border-control text-soft' : 'border-edge bg-raised shadow-1'}`}
      >
        {value === null && <Icon name="plus" className="size-3.5" />}
        {value === null ? label : <span className="shrink-0">{label}: </span>}
        {value !== null && (
          <b className="min-w-0 font-[600] text-accent">
            <Foreign>{value}</Foreign>
          </b>
        )}
        {value !== null && <Icon name="down" className="size-3.5" />}
      </button>
      <form
        id={id}
        popover="auto"
        action={toResult(path)}
        aria-label={label}
        className="menu facet my-1.5 w-72 gap-3 rounded-lg border border-edge bg-raised p-3 text-ink shadow-3 open:grid"
      >
        <Hidden {...remaining} />
        {props.children}
        <div className="flex flex-wrap items-center gap-2">
          {props.apply ?? <Button small text={t('filter.apply')} />}
          {value !== null && (
            <ButtonLink
              href={toResult(`${path}${search && '?'}${search}`)}
              kind="quiet"
              small
              text={t('filter.clear')}
            />
          )}
        </div>
      </form>
    </>
  )
}

type ChoiceFacetProps<Name extends string, Texts extends string = never> = FilterOf &
  FilterTexts<NoInfer<Name> | Texts | 'apply' | 'clear'> & {
    /** Of the parameter. The filter has the text `filter.<name>`. */
    name: Name
    options: readonly Choice[]
    /** Only if the address need not say it. */
    chosen?: string
  }

/** Values that are chosen from, each with its label. */
export const choicesOf = <Value extends string>(
  values: readonly Value[],
  labelOf: (value: Value) => string,
): Choice[] => values.map((value) => ({ value, label: labelOf(value) }))

export function RadioFacet<Name extends string>(props: ChoiceFacetProps<Name>) {
  const { options, chosen, ...facet } = facetOf(props)
  return (
    <Facet {...facet}>
      {options.map(({ value, label }) => (
        <label key={value} className="flex gap-2 text-sm">
          <input type="radio" name={facet.name} value={value} defaultChecked={value === chosen} className="mt-0.5" />
          <bdi>{label}</bdi>
        </label>
      ))}
    </Facet>
  )
}

/** As `RadioFacet`, for many values. The first choice filters nothing, unless one is `required`. */
export function SelectFacet<Name extends string>(props: ChoiceFacetProps<Name, 'any'> & { required?: boolean }) {
  const { options, chosen, ...facet } = facetOf(props)
  return (
    <Facet {...facet}>
      <Select
        name={facet.name}
        label={facet.label}
        defaultValue={chosen}
        options={props.required ? options : [{ value: '', label: props.t('filter.any') }, ...options]}
      />
    </Facet>
  )
}

/** As `SelectFacet`, for things with a name. Of many, the name is typed; `unknown` is what was typed if nothing has that name. */
export function NameFacet<Name extends string>(
  props: ChoiceFacetProps<Name, 'any' | 'wholeName'> & { unknown: string },
) {
  const { unknown, ...choices } = props
  if (choices.options.length <= CHOICES_MAX) return <SelectFacet {...choices} />
  const { options, chosen, ...facet } = facetOf(choices)
  return (
    <Facet {...facet}>
      <TextInput
        name={facet.name}
        label={facet.label}
        hint={props.t('filter.wholeName')}
        maxLength={320}
        defaultValue={unknown || (facet.value ?? '')}
      />
    </Facet>
  )
}

function facetOf<Name extends string>(facet: ChoiceFacetProps<Name>) {
  const { name, options, query, t } = facet
  const chosen = facet.chosen ?? query[name] ?? ''
  const value = options.find((option) => option.value === chosen)?.label ?? null
  return { ...facet, chosen, value, label: t(`filter.${name}`) }
}

/** Looks for `text` in a list; Enter or the button in front sends it. */
export function SearchBox(props: FilterOf & FilterTexts<'submit'> & { label: string; value: string }) {
  const { path, query, t, label, value } = props
  return (
    <form
      action={toResult(path)}
      aria-label={label}
      className="relative min-w-0 flex-[1_1_17rem] max-sm:basis-full sm:max-w-80"
    >
      <Hidden {...othersIn(query, ['text'])} />
      <button
        type="submit"
        aria-label={t('filter.submit')}
        className="absolute inset-y-0 left-0 grid w-8.75 place-items-center rounded-md text-faint pointer-coarse:w-11 hover:text-ink"
      >
        <Icon name="search" className="size-4" />
      </button>
      <input
        type="search"
        name="text"
        defaultValue={value}
        aria-label={label}
        placeholder={label}
        maxLength={200}
        spellCheck={false}
        autoComplete="off"
        className="control min-h-8.5 pl-8.25 max-sm:min-h-10 pointer-coarse:pl-10.5"
      />
    </form>
  )
}

/** Newer and older pages of a list, newest first; null where there is none. */
export function Pagination(props: {
  t: (key: 'paging.label' | 'paging.newer' | 'paging.older') => string
  newer: string | null
  older: string | null
}) {
  const { t, newer, older } = props
  if (newer === null && older === null) return null
  return (
    <nav aria-label={t('paging.label')} className="buttons mt-4 justify-between">
      {newer === null ? (
        <span />
      ) : (
        <Link href={toResult(newer)} prefetch={null} rel="prev" className="button button-quiet">
          <Icon name="back" className="size-4" />
          {t('paging.newer')}
        </Link>
      )}
      {older !== null && (
        <Link href={toResult(older)} prefetch={null} rel="next" className="button button-quiet">
          {t('paging.older')}
          <Icon name="chevron" className="size-4" />
        </Link>
      )}
    </nav>
  )
}
