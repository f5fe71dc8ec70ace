'use client'

import { useEffect, useState } from 'react'
import { Icon } from './icon'

/** Appears only where scripts run; without them the browser's own menu prints. */
export function PrintButton({ label }: { label: string }) {
  const [able, setAble] = useState(false)
  useEffect(() => setAble('print' in window), [])
  if (!able) return null
  return (
    <button type="button" onClick={() => window.print()} className="no-print button button-secondary">
      <Icon name="printer" className="size-4" />
      <span className="bar-label">{label}</span>
    </button>
  )
}
