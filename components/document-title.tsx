'use client'

import { createContext, type ReactNode, use } from 'react'

const Prefix = createContext('')

/** Around a page whose title says first that the form on it was refused. */
export const WithTitlePrefix = ({ prefix, children }: { prefix: string; children?: ReactNode }) => (
  <Prefix value={prefix}>{children}</Prefix>
)

/** The title of the browser's tab. It is part of what the page shows, so it names nothing that the caller may not see. */
export const DocumentTitle = ({ children }: { children: string }) => (
  <title>{`${use(Prefix)}${children} · Postroom`}</title>
)
