'use client'

import { type ReactNode, use } from 'react'
import { Refusal } from '@/app/_form/form-input'
import type { SenderWay } from '@/lib/policy/sender'

/** The two ways in which a sender signs in, each explained where it is chosen. */
export function WayCards(props: {
  legend: ReactNode
  options: readonly { value: SenderWay; label: string; text: string }[]
  defaultValue: string
}) {
  const chosen = use(Refusal).typed?.way ?? props.defaultValue
  return (
    <fieldset>
      <legend className="mb-1.5 text-sm font-[580]">{props.legend}</legend>
      <div className="grid gap-3 sm:grid-cols-2">
        {props.options.map(({ value, label, text }) => (
          <label
            key={value}
            className="grid cursor-pointer grid-cols-[auto_minmax(0,1fr)] content-start gap-x-2.5 gap-y-1 rounded-lg border border-edge bg-raised px-4 py-3 has-checked:border-accent has-checked:bg-accent-wash"
          >
            <input
              type="radio"
              name="way"
              value={value}
              defaultChecked={value === chosen}
              aria-describedby={`way-${value}-text`}
              aria-label={label}
              className="mt-1 size-4"
            />
            <span className="font-[600]">{label}</span>
            <span id={`way-${value}-text`} className="col-start-2 text-sm text-soft">
              {text}
            </span>
          </label>
        ))}
      </div>
    </fieldset>
  )
}
