import type { ReactNode } from 'react'

/** A command in a sentence of the catalogue. */
export const Command = (text: ReactNode) => <code className="font-mono text-xs">{text}</code>
