'use client'

import { useEffect, useRef, useState } from 'react'
import type { PageLabels } from '@/app/(console)/_connection-test/labels'
import { Note } from '@/components/note'
import { isMicrosoftHost } from '@/lib/mail-server/microsoft-host'

/** Warns while a Microsoft host is being typed that password logins there will be switched off. */
export function BasicAuthNote({ w }: { w: PageLabels['basicAuth'] }) {
  const place = useRef<HTMLDivElement>(null)
  const [applies, setApplies] = useState(false)

  useEffect(() => {
    const form = place.current?.closest('form')
    if (!form) return
    const look = () => {
      const data = new FormData(form)
      setApplies(data.get('login') === 'password' && isMicrosoftHost(String(data.get('host') ?? '')))
    }
    form.addEventListener('input', look)
    return () => form.removeEventListener('input', look)
  }, [])

  return (
    <div ref={place}>
      {applies && (
        <Note kind="warning" live="status" title={w.title}>
          {w.text} {w.action}
        </Note>
      )}
    </div>
  )
}
