import { type BodyLimits, createBodyReader } from './body'
import { type ApiDeps, createHandler } from './handle'

/** The HTTP API of clients. It answers requests; the routes in `app/api` only pass them on. */
export const createApi = (deps: ApiDeps, limits?: BodyLimits) => ({
  handle: createHandler({ ...deps, bodies: createBodyReader(deps.spoolFolder, limits) }),
})
