'use client'

import { type RefObject, useEffect, useRef, useState } from 'react'
import type { MailServerFields } from '@/lib/mail-server/form-fields'
import type { StoredSecret } from './settings-fields'

/** The fields that decide where the secret is sent, as far as a browser can tell. The server decides (lib/mail-server/secret-reuse). */
const DESTINATION = {
  'exchange-online-oauth2': ['cloud', 'tenantId', 'clientId'],
  smtp: ['host', 'port', 'security', 'username'],
} as const
const SECRET_FIELD = { 'exchange-online-oauth2': 'clientSecret', smtp: 'password' } as const

/**
 * Follows the destination that the form names. While it is not the stored secret's, the secret must be entered again.
 *
 * @param savedAs changes when the form's saved values do
 */
export function useDestination(
  form: RefObject<HTMLFormElement | null>,
  { stored, fields, savedAs }: { stored: StoredSecret | null; fields: MailServerFields; savedAs: string },
) {
  const [type, setType] = useState(fields.type)
  // The saved values from which it was moved. The fields of new ones are as enabled as their defaults, which `useUnsaved` reads at once.
  const [movedFrom, setMovedFrom] = useState<string | null>(null)
  const wasMoved = useRef(false) // like `movedFrom`, but also up to date for a paste that began before the last rendering

  // Another destination may have been entered before the scripts arrived.
  // biome-ignore lint/correctness/useExhaustiveDependencies: new saved values are the reason to start again
  useEffect(() => {
    wasMoved.current = false
    follow()
  }, [savedAs])

  /** @param onSecretKept called when the destination is the stored one again, so that the stored secret is kept */
  function follow(onSecretKept = () => {}): void {
    if (!form.current) return
    const data = new FormData(form.current)
    const type = data.get('type') === 'smtp' ? 'smtp' : 'exchange-online-oauth2'
    setType(type)
    if (stored?.type !== type) {
      setMovedFrom(null)
      return
    }
    const isSame = (name: (typeof DESTINATION)[typeof type][number]) =>
      String(data.get(name) ?? '')
        .trim()
        .toLowerCase() === String(fields[name]).toLowerCase()
    const isMoved = !DESTINATION[type].every(isSame)
    if (isMoved && !wasMoved.current) chooseSecret(form.current, 'replace')
    // The destination is the stored one again, for example because swapped IDs were switched back.
    if (!isMoved && wasMoved.current && stored.readable && data.get(SECRET_FIELD[type]) === '') {
      chooseSecret(form.current, 'keep')
      onSecretKept()
    }
    wasMoved.current = isMoved
    setMovedFrom(isMoved ? savedAs : null)
  }

  return { type, moved: movedFrom === savedAs, follow }
}

/** Enables the choice at once: a disabled field is missing in the form's data, and the next rendering comes later. */
function chooseSecret(form: HTMLFormElement, choice: 'keep' | 'replace'): void {
  for (const radio of form.querySelectorAll<HTMLInputElement>(`[type="radio"][value="${choice}"]`)) {
    radio.disabled = false
    radio.checked = true
  }
}
