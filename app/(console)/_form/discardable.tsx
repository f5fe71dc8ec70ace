'use client'

import { useRouter } from 'next/navigation'
import { type ComponentType, useState } from 'react'
import { flushSync } from 'react-dom'

/**
 * The button that discards disappears with the changes, so the one that saves gets its focus. The page stays where it is for a pointer, which
 * leaves no focus to be seen.
 */
export function discarding(discard: () => void): void {
  const preventScroll = !document.activeElement?.matches(':focus-visible')
  flushSync(discard)
  document.querySelector<HTMLElement>('.save-bar [type="submit"]')?.focus({ preventScroll })
}

/** Gives a form `discard`, which starts it again with what is saved now, without what was typed and what the server answered. */
export function discardable<Props extends object>(Form: ComponentType<Props & { discard: () => void }>) {
  return function Discardable(props: Props) {
    const [round, setRound] = useState(0)
    const router = useRouter()
    function discard() {
      discarding(() => setRound(round + 1))
      router.refresh()
    }
    return <Form key={round} {...props} discard={discard} />
  }
}
