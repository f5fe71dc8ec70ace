import { workAsyncStorage } from 'next/dist/server/app-render/work-async-storage.external'
import { workUnitAsyncStorage } from 'next/dist/server/app-render/work-unit-async-storage.external'
import { createRequestStoreForAPI } from 'next/dist/server/async-storage/request-store'

type Page = NonNullable<ReturnType<typeof workAsyncStorage.getStore>>
type Incoming = Parameters<typeof createRequestStoreForAPI>[0]
export type PageRequest = ReturnType<typeof pageRequest>

/** A request that the framework's own code answers: it hands out headers and cookies, and notes whether the page is to be read again. */
export function pageRequest(headers: Headers) {
  let cookies: string[] = []
  const keep = (set: string[]) => {
    cookies = set
  }
  const tags = { tags: [], expirationsByCacheKind: new Map() }
  const url = { pathname: '/', search: '' } as Parameters<typeof createRequestStoreForAPI>[1]
  const request = createRequestStoreForAPI({ headers } as Incoming, url, tags, keep, undefined, undefined)
  const page = { page: '/page', route: '/', incrementalCache: {} } as Page
  return {
    /** Those that were set, as the browser gets them. */
    cookies: () => cookies,
    isReadAgain: () => page.pathWasRevalidated !== undefined,
    during: <Outcome>(work: () => Promise<Outcome>): Promise<Outcome> =>
      workAsyncStorage.run(page, () => workUnitAsyncStorage.run(request, work)),
  }
}
