'use client'

import { type DragEvent, useState } from 'react'

/**
 * Drags a rule by its grip. Over the upper half of another rule it is placed before that one, over the lower half after it.
 *
 * @param order ids in their order
 * @param place moves a rule to a place, counted from 0 in the list without it
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
      const otherIds = order.filter((id) => id !== dragged)
      if (over && over.id !== dragged) place(dragged, otherIds.indexOf(over.id) + (over.half === 'after' ? 1 : 0))
      end()
    },
    end,
  }
}
