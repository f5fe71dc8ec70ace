import type { ReactNode } from 'react'
import { Button } from './button'
import { ButtonLink } from './button-link'
import { type Choice, Select, TextInput } from './inputs'
import { Note } from './note'

export type FilterField =
  | { kind: 'select'; name: string; label: string; value: string; options: readonly Choice[] }
  | { kind: 'text' | 'search' | 'date'; name: string; label: string; value: string; hint?: string }
  /** Keeps a choice that is made elsewhere, such as the view of a list. */
  | { kind: 'hidden'; name: string; value: string }

/** `grid`: three columns, buttons below. `columns`: five columns, buttons in the last. `row`: one after the other. */
type FilterLayout = 'grid' | 'columns' | 'row'

/**
 * The filter of a list. It is a plain GET form, so the filter is part of the address: it can be bookmarked, sent to a
 * colleague and left with the Back button, with or without scripts.
 *
 * @param props.clear Leads to the list without a filter; null while there is none.
 * @param props.warnings Why some of what was entered is not used.
 * @param props.children Shown above the form.
 */
export function FilterForm(props: {
  path: string
  label: string
  fields: readonly FilterField[]
  layout: FilterLayout
  submit: string
  clear: { label: string; href: string } | null
  warnings?: readonly string[]
  className: string
  children?: ReactNode
}) {
  const { layout, clear } = props
  const fields = props.fields.map((field) => <FilterInput key={field.name} field={field} inRow={layout === 'row'} />)
  const warnings = props.warnings?.map((text) => (
    <Note key={text} kind="warning" className="mt-4">
      {text}
    </Note>
  ))
  const buttons = (
    <>
      <Button>{props.submit}</Button>
      {clear && (
        <ButtonLink kind="quiet" href={clear.href}>
          {clear.label}
        </ButtonLink>
      )}
    </>
  )
  return (
    <search className={`block ${props.className}`}>
      {props.children}
      <form action={props.path} aria-label={props.label} className={FORM_LOOK[layout]}>
        {layout === 'grid' ? (
          <>
            <div className="grid gap-4 sm:grid-cols-2 lg:grid-cols-3">{fields}</div>
            {warnings}
            <div className="mt-4 flex flex-wrap items-center gap-2">{buttons}</div>
          </>
        ) : (
          <>
            {fields}
            {layout === 'columns' ? <div className="flex flex-wrap gap-2">{buttons}</div> : buttons}
          </>
        )}
      </form>
      {layout !== 'grid' && warnings}
    </search>
  )
}

const FORM_LOOK: Record<FilterLayout, string | undefined> = {
  grid: undefined,
  columns: 'grid items-end gap-3 sm:grid-cols-3 lg:grid-cols-5',
  row: 'flex flex-wrap items-end gap-3',
}

function FilterInput({ field, inRow }: { field: FilterField; inRow: boolean }) {
  const { name, value } = field
  if (field.kind === 'hidden') return <input type="hidden" name={name} value={value} />
  if (field.kind === 'select')
    return <Select name={name} label={field.label} defaultValue={value} options={field.options} />
  const { kind, label, hint } = field
  return (
    <TextInput
      {...{ name, label, hint }}
      type={kind}
      defaultValue={value}
      {...(inRow && { className: 'w-full max-w-[22rem]' })}
    />
  )
}
