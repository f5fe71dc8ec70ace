'use client'

import { Icon } from './icon'

/** Without scripts the browser's own menu prints. */
export function PrintButton({ label }: { label: string }) {
  return (
    <button type="button" onClick={() => window.print()} className="no-print button button-secondary noscript:hidden">
      <Icon name="printer" className="size-4" />
      <span className="bar-label">{label}</span>
    </button>
  )
}
