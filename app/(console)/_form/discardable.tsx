'use client'

import { useRouter } from 'next/navigation'
import { type ComponentType, useState } from 'react'

/** Gives a form `discard`, which starts it again with what is saved now, without what was typed and what the server answered. */
export function discardable<Props extends object>(Form: ComponentType<Props & { discard: () => void }>) {
  return function Discardable(props: Props) {
    const [round, setRound] = useState(0)
    const router = useRouter()
    function discard() {
      setRound(round + 1)
      router.refresh()
    }
    return <Form key={round} {...props} discard={discard} />
  }
}
