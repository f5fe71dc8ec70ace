'use client'

import { lazy } from 'react'
import type { RarePageProps } from './rare-page-view'

const View = lazy(() => import('./rare-page-view'))

/** Its script comes only when it is seen. */
export function RarePage(props: RarePageProps) {
  return <View {...props} />
}
