'use client'

import { type DragEvent, useState } from 'react'

/**
 * Dragging a rule by its grip: over the upper half of another it lands before that one, over the lower half after it.
 *
 * @param order Ids in their order.
 * @param place Puts a rule at a place, counted from 0 in the list without it.
 */
export function useDrag(order: readonly string[], place: (id: string, to: number) => void) {
  const [dragged, setDragged] = useState<string | null>(null)
  const [over, setOver] = useState<{ id: string; half: 'before' | 'after' } | null>(null)

  function end() {
    setDragged(null)
    setOver(null)
  }

  return {
    landingAt: (id: string) => (dragged !== null && dragged !== id && over?.id === id ? over.half : null),
    start(event: DragEvent, id: string) {
      const row = event.currentTarget.closest('li')
      event.dataTransfer.effectAllowed = 'move'
      event.dataTransfer.setData('text/plain', id)
      if (row) event.dataTransfer.setDragImage(row, 12, 20)
      setDragged(id)
    },
    over(event: DragEvent, id: string) {
      if (dragged === null) return
      event.preventDefault()
      const { top, height } = event.currentTarget.getBoundingClientRect()
      setOver({ id, half: event.clientY < top + height / 2 ? 'before' : 'after' })
    },
    drop(event: DragEvent) {
      if (dragged === null) return
      event.preventDefault()
      const others = order.filter((id) => id !== dragged)
      if (over && over.id !== dragged) place(dragged, others.indexOf(over.id) + (over.half === 'after' ? 1 : 0))
      end()
    },
    end,
  }
}
