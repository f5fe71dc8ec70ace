'use client'

import { lazy } from 'react'
import { type BrokenPage, ErrorNotice } from '@/components/error-notice'

const InConsole = lazy(() => import('./_shell/notice-frame'))

/** A page of the console that broke: the rail stays. What is around the notice is a script that comes only when it is seen. */
export default (props: BrokenPage) => <ErrorNotice {...props} frame={InConsole} />
