'use client'

import { createContext, type ReactNode, use } from 'react'

type PartTexts = Record<'copy' | 'copied' | 'notCopied' | 'close' | 'pending' | 'results', string>

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
