'use client'

import { type ComponentProps, createContext, type ReactNode, use, useEffect, useId } from 'react'
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

const Token = createContext('')

/** Surrounds every page of the console and gives the beginning of its forms’ one-time tokens. */
export const WithFormTokens = ({ token, children }: { token: string; children?: ReactNode }) => (
  <Token value={token}>{children}</Token>
)

/**
 * Part of every form that posts, together with the form's other hidden values. It holds the account, because another one may sign in in
 * another tab, and this form must not act as that one. On a page of the console it also holds a one-time token. Only the server can make it
 * random without scripts, and the id makes it the form's own.
 */
export function PostedFields(hidden: ComponentProps<typeof Hidden>) {
  const [account, token, id] = [use(Account), use(Token), useId()]
  const accountAndToken = { ...(account && { [ACCOUNT_FIELD]: account }), ...(token && { formToken: token + id }) }
  return <Hidden {...hidden} {...accountAndToken} />
}

/** On the page to sign in: what the tab remembers of pages is dropped, so that Back does not show them. */
export function ForgetPages() {
  useEffect(() => {
    if (hasPages) location.reload()
  }, [])
  return null
}
