'use client'

import { useSearchParams } from 'next/navigation'
import { type ReactNode, useEffect, useRef } from 'react'

/**
 * The name of the step. It takes the focus when a link opens another step: the page stays the same, so a screen reader would say nothing of
 * it, and the focus would stay below the step.
 */
export function StepTitle({ id, children }: { id: string; children: ReactNode }) {
  const title = useRef<HTMLHeadingElement>(null)
  const step = useSearchParams().get('step')
  const last = useRef(step)
  useEffect(() => {
    if (last.current !== step) title.current?.focus()
    last.current = step
  }, [step])
  return (
    <h2
      ref={title}
      id={id}
      tabIndex={-1}
      className="text-3xl font-[620] tracking-[-0.022em] outline-none max-sm:text-[1.375rem]"
    >
      {children}
    </h2>
  )
}
