import 'server-only'
import { randomInt } from 'node:crypto'
import { unstable_rethrow } from 'next/navigation'
import type { ReactNode } from 'react'
import { Icon } from '@/components/icon'
import { Panel } from '@/components/panel'
import { type DatabaseCause, databaseCause } from '@/lib/db/outage'
import { fail, ok, type Result } from '@/lib/kernel'
import { services } from '@/lib/services'
import { translators } from './translations'

interface PartFault {
  /** Of the log line that says why the part could not be loaded. */
  number: string
  cause: DatabaseCause | null
}

export type LoadedPart<T> = Result<T, PartFault>

/** Loads what one part of a page shows, so that a failure leaves the rest as it is. If the whole database is away, the page fails. */
export async function loadPart<T>(name: string, load: () => Promise<T>): Promise<LoadedPart<T>> {
  try {
    return ok(await load())
  } catch (error) {
    unstable_rethrow(error)
    const cause = databaseCause(error)
    if (cause === 'away' || cause === 'connections') throw error
    const number = String(randomInt(1e9, 1e10))
    services().log.error('part of a page failed', { action: name, digest: number, error })
    return fail({ number, cause })
  }
}

/** In place of a part that could not be loaded: that it is missing, and what to do. */
export async function PartFailed({ number, cause }: PartFault) {
  const [t, browser] = await translators('shell', 'browser')
  return (
    <p className="flex gap-2.5 text-sm" role="alert">
      <Icon name="warning" className="mt-0.5 size-4 text-bad" />
      <span>
        {cause && `${browser(`error.${cause}.title`)}. `}
        {`${t('partError')} ${browser('error.number')} `}
        <code className="font-mono">{number}</code>
      </span>
    </p>
  )
}

/** The same with the heading of the part. */
export const PanelFailed = ({ title, ...fault }: { title: ReactNode } & PartFault) => (
  <Panel title={title}>
    <PartFailed {...fault} />
  </Panel>
)
