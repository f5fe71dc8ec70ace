import 'server-only'
import { cache } from 'react'
import { wiring } from '@/lib/wiring'

/** How the mail server stands, once for each request: the rail shows it beside every page, and the mail server's page too. */
export const mailStanding = cache(() => wiring().mailServer.standing())
