import type { Registered } from '../world/registration'
import type { Application } from '../world/world'
import { badRequest, denied, type GraphAnswer, notFound } from './graph-answer'
import { type Call, mayRead, mayReadPolicy, mayWrite, mayWriteAll } from './graph-caller'
import { APPLICATION_NAMES, applicationJson, CONTEXT, federatedJson, ownerJson, pickNames } from './graph-json'
import { addKey, removeKey } from './graph-keys'
import { addPassword, removePassword, type Writing } from './graph-passwords'
import { policyJson } from './graph-policy'
import { principals } from './graph-principals'
import { type Query, readQuery, skipToken } from './graph-query'
import { findRegistered, registeredCount, registeredFrom } from './registered'

const APPLICATION = /^\/applications(?:\(appId='([^']+)'\)|\/([0-9a-f-]{36}))(?:\/(.+))?$/i

export function answerGraph(call: Call): GraphAnswer {
  const { method, path, caller } = call
  if (path === '/applications' && method === 'GET') return mayRead(caller) ? listApplications(call) : denied()
  const [whole, appId, id, rest = ''] = APPLICATION.exec(path) ?? []
  if (whole !== undefined) return answerApplication(call, appId ?? '', id ?? '', rest)
  if (path === '/policies/defaultAppManagementPolicy' && method === 'GET') {
    return mayReadPolicy(caller) ? { status: 200, body: policyJson(caller.tenant.appPolicy) } : denied()
  }
  return (
    principals(call) ?? badRequest(`Resource not found for the segment '${path.split('/')[1] ?? ''}'.`, 'BadRequest')
  )
}

function selectedJson(
  registered: Registered,
  { select, expandOwners }: Query,
  whole: boolean,
): Record<string, unknown> {
  const owners = registered.owners.map((owner) =>
    pickNames(ownerJson(owner), expandOwners?.select ? ['@odata.type', ...expandOwners.select] : null),
  )
  return { ...pickNames(applicationJson(registered, whole), select), ...(expandOwners ? { owners } : {}) }
}

function listApplications({ url, caller: { tenant }, listUrl }: Call): GraphAnswer {
  const query = readQuery(url, APPLICATION_NAMES)
  if ('refused' in query) return query.refused
  const { from, top, filterAppId } = query
  const one = filterAppId === null ? undefined : findRegistered(tenant, 'appId', filterAppId)
  const matching = one ? [one.registered] : []
  const page = filterAppId === null ? registeredFrom(tenant, from, top) : matching
  const end = filterAppId === null && from + top < registeredCount(tenant) ? from + top : null
  const next = new URL(listUrl)
  for (const [name, value] of url.searchParams) if (name !== '$skiptoken') next.searchParams.append(name, value)
  if (end !== null) next.searchParams.append('$skiptoken', skipToken(end))
  return {
    status: 200,
    body: {
      '@odata.context': `${CONTEXT}applications`,
      ...(end === null ? {} : { '@odata.nextLink': next.href }),
      value: page.map((registered) => selectedJson(registered, query, false)),
    },
  }
}

function answerApplication(call: Call, appId: string, id: string, rest: string): GraphAnswer {
  const { method, caller, url } = call
  const registration = findRegistered(caller.tenant, appId === '' ? 'id' : 'appId', appId || id)
  if (method === 'GET') {
    if (!mayRead(caller)) return denied()
    if (!registration) return notFound(appId || id)
    const { registered, application } = registration
    if (rest === '') {
      const query = readQuery(url, APPLICATION_NAMES)
      if ('refused' in query) return query.refused
      const whole = query.select?.includes('keyCredentials') ?? false
      return {
        status: 200,
        body: { '@odata.context': `${CONTEXT}applications/$entity`, ...selectedJson(registered, query, whole) },
      }
    }
    const answerWith = (value: unknown[]) => ({ status: 200, body: { '@odata.context': `${CONTEXT}${rest}`, value } })
    if (rest === 'owners') return answerWith(registered.owners.map(ownerJson))
    if (rest === 'federatedIdentityCredentials')
      return answerWith((application?.federatedCredentials ?? []).map(federatedJson))
  }
  if (!registration) return mayWriteAll(caller) ? notFound(appId || id) : denied()
  if (!registration.application)
    return mayWriteAll(caller) ? badRequest('A made-up application cannot be changed.') : denied()
  return changeApplication(call, registration.application, rest)
}

const WRITES: Record<string, (writing: Writing) => GraphAnswer> = { addPassword, removePassword }
/** An application may roll its keys without any permission, with a token signed by a current one. */
const KEY_WRITES: Record<string, (writing: Writing) => GraphAnswer> = { addKey, removeKey }

function changeApplication(call: Call, application: Application, rest: string): GraphAnswer {
  const { method, caller, body, now, knownFrom } = call
  const writing: Writing = { tenant: caller.tenant, application, body, now, knownFrom }
  const [write, keyWrite] = method === 'POST' ? [WRITES[rest], KEY_WRITES[rest]] : []
  if (write) return mayWrite(caller, application) ? write(writing) : denied()
  if (keyWrite)
    return caller.appId === application.appId || mayWrite(caller, application) ? keyWrite(writing) : denied()
  return (
    changeOwners(call, application, rest) ?? badRequest(`Resource not found for the segment '${rest}'.`, 'BadRequest')
  )
}

function changeOwners({ method, caller, body }: Call, application: Application, rest: string): GraphAnswer | null {
  const [, gone] = /^owners\/([0-9a-f-]{36})\/\$ref$/i.exec(rest) ?? []
  const adds = method === 'POST' && rest === 'owners/$ref'
  const removes = method === 'DELETE' && gone !== undefined
  if (!adds && !removes) return null
  if (!mayWriteAll(caller)) return denied()
  if (removes) {
    if (!application.owners.includes(gone.toLowerCase())) return notFound(gone)
    application.owners = application.owners.filter((owner) => owner !== gone.toLowerCase())
    return { status: 204 }
  }
  const [, added] =
    /\/(?:directoryObjects|servicePrincipals|users)\/([0-9a-f-]{36})$/i.exec(String(body['@odata.id'])) ?? []
  if (added === undefined) return badRequest("'@odata.id' does not name a directory object.")
  if (application.owners.includes(added.toLowerCase()))
    return badRequest('One or more added object references already exist.')
  application.owners.push(added.toLowerCase())
  return { status: 204 }
}
