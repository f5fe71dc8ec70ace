'use client'

import { type ComponentProps, lazy } from 'react'

const View = lazy(() => import('./rare-page-view'))

/** Its script comes only when it is seen. */
export const RarePage = (props: ComponentProps<typeof View>) => <View {...props} />
