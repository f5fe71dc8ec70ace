import 'server-only'
import { headers } from 'next/headers'
import type { ReactNode } from 'react'
import { OVERVIEW_PATH, SIGN_IN_PATH } from '@/app/paths'
import { Answer } from '@/components/answer'
import { ButtonLink } from '@/components/button'
import { Page } from '@/components/page'
import { Entrance } from '@/components/sign-in-layout'
import { setStatus } from '@/lib/access/incoming-requests'
import { withCause } from './database-cause'
import { translators } from './translations'

const STATUS = { notFound: 404, forbidden: 403, signedOut: 401 } as const

class Refusal extends Error {
  constructor(readonly why: keyof typeof STATUS) {
    super(why)
  }
}

/** Ends a `refusable` page or layout: the caller's role does not allow it, or its form was posted without scripts after the session had ended. */
export function refuse(why: keyof typeof STATUS): never {
  throw new Refusal(why)
}

/** Ends a `refusable` page: there is nothing at its address. */
export function notFound(): never {
  refuse('notFound')
}

/**
 * A page that may refuse. The framework's own functions for that send an empty body, which only scripts fill, so a refusal is an
 * ordinary page with the status that says so.
 */
export const refusable =
  <Props,>(page: (props: Props) => Promise<ReactNode>) =>
  async (props: Props): Promise<ReactNode> => {
    try {
      return await page(props)
    } catch (thrown) {
      if (!(thrown instanceof Refusal)) throw withCause(thrown)
      setStatus(await headers(), STATUS[thrown.why])
      return <RefusalPage why={thrown.why} />
    }
  }

async function RefusalPage({ why }: Pick<Refusal, 'why'>) {
  const [t, browser] = await translators('shell', 'browser')
  const title = t(`refusal.${why}.title`)
  if (why === 'signedOut')
    return (
      <Entrance title={title} description={t('refusal.signedOut.text')}>
        <a href={SIGN_IN_PATH} target="_blank" rel="noreferrer" className="button button-primary">
          {browser('unanswered.signIn')}
        </a>
      </Entrance>
    )
  return (
    <Page title={title} width="text">
      <Answer
        tone="neutral"
        mark={why === 'notFound' ? 'dot' : 'cross'}
        title={t(`refusal.${why}.answer`)}
        detail={t(`refusal.${why}.text`)}
      />
      <div>
        <ButtonLink href={OVERVIEW_PATH} text={t('refusal.back')} />
      </div>
    </Page>
  )
}
