import type { ReactNode } from 'react'
import { Icon } from './icon'
import { Live } from './live'

/** Confirms what succeeded and can be seen anyway. With scripts it floats until the next page is opened; without them it is a note in the page. */
export function Toast({ children }: { children: ReactNode }) {
  return (
    <Live role="status" className="toast no-print flex gap-2.5 rounded-lg bg-good-wash px-4 py-2.5 text-sm">
      <Icon name="check" className="mt-0.5 size-4 text-good" />
      <p className="min-w-0">{children}</p>
    </Live>
  )
}
