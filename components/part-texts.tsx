'use client'

import { createContext, type ReactNode, use } from 'react'

/** What the buttons of shared parts say, in the language of the page. */
interface PartTexts {
  copy: string
  copied: string
  /** Where the browser refuses to copy. */
  notCopied: string
  close: string
  /** The label of a button while its form is on its way. */
  pending: string
}

const Texts = createContext<PartTexts | null>(null)

/** Around every page, and around what is in another language than the page. */
export const WithPartTexts = ({ children, ...texts }: PartTexts & { children: ReactNode }) => (
  <Texts value={texts}>{children}</Texts>
)

export function usePartTexts(): PartTexts {
  const texts = use(Texts)
  if (!texts) throw new Error('WithPartTexts has to be around this part')
  return texts
}
