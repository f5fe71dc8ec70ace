'use client'

import { createContext, type ReactNode, use, useEffect } from 'react'
import { ACCOUNT_FIELD } from '@/lib/access/account-field'
import { Hidden } from './hidden'

const Account = createContext<string | null>(null)

/** Set once pages of an account were shown, which the framework keeps in the memory of the tab. */
let hasPages = false

/** Around every page of the console: the account to which it is shown. */
export function OfAccount({ id, children }: { id: string; children: ReactNode }) {
  useEffect(() => {
    hasPages = true
  }, [])
  return <Account value={id}>{children}</Account>
}

/** In every form that posts: another account may sign in in another tab, and this form must not act as that one. */
export function AccountField() {
  const account = use(Account)
  return account && <Hidden {...{ [ACCOUNT_FIELD]: account }} />
}

/** On the page to sign in: what the tab remembers of pages is dropped, so that Back does not show them. */
export function ForgetPages() {
  useEffect(() => {
    if (hasPages) location.reload()
  }, [])
  return null
}
