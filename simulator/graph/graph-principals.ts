import { createHash } from 'node:crypto'
import { type Application, applicationOf, type Tenant } from '../world/world'
import { badRequest, denied, type GraphAnswer, notFound } from './graph-answer'
import { type Call, mayRead } from './graph-caller'
import { CONTEXT, pickNames, principalJson } from './graph-json'

interface Resource {
  appId: string
  displayName: string
  /** Object ID in every tenant of this simulator. */
  id: string
  roles: Record<string, string>
}

/** Ids of the commercial cloud; other clouds have others, so they are to be looked up by name. */
const EXCHANGE: Resource = {
  appId: '00000002-0000-0ff1-ce00-000000000000',
  displayName: 'Office 365 Exchange Online',
  id: '2c7a1e59-64d0-4f8b-93a6-0e5b7d1c8f42',
  roles: {
    'SMTP.SendAsApp': '7146a1f0-8703-45b3-9eae-527a64c00995',
    'IMAP.AccessAsApp': '5e5addcd-3e8d-4e90-baf5-964efab2b20a',
    'POP.AccessAsApp': 'cb842b43-da6e-4506-86fe-bb12199c656d',
    'Mail.Send': 'b633e1c5-b582-4048-a93e-9f11b44c7e96',
    full_access_as_app: 'dc890d15-9560-4a4c-9b7f-a736ec74ec40',
  },
}
const GRAPH: Resource = {
  appId: '00000003-0000-0000-c000-000000000000',
  displayName: 'Microsoft Graph',
  id: '8d0f4b36-1a97-4ce2-b5d8-73f2c6e9a014',
  roles: {
    'Application.Read.All': '9a5d68dd-52b0-4cc2-bd40-abcf44ac3a30',
    'Application.ReadWrite.OwnedBy': '18a4783c-866b-4cc7-a460-3d5e5662c884',
    'Application.ReadWrite.All': '1bfefb4e-e0b5-418b-a88f-73c46d2cc8e9',
    'Mail.Send': 'b633e1c5-b582-4048-a93e-9f11b44c7e96',
  },
}

/** Roles without a known id get one that follows from their name. */
function roleId({ roles }: Resource, value: string): string {
  const hex = createHash('sha256').update(value).digest('hex')
  return (
    roles[value] ??
    `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-a${hex.slice(17, 20)}-${hex.slice(20, 32)}`
  )
}

const resourceJson = (resource: Resource) => ({
  id: resource.id,
  accountEnabled: true,
  appId: resource.appId,
  appDisplayName: resource.displayName,
  displayName: resource.displayName,
  servicePrincipalType: 'Application',
  appRoles: Object.keys(resource.roles).map((value) => ({
    allowedMemberTypes: ['Application'],
    displayName: value,
    id: roleId(resource, value),
    isEnabled: true,
    value,
  })),
})

function assignments({ displayName, servicePrincipal, createdAt }: Application): unknown[] {
  const of = (resource: Resource, granted: string[]) =>
    granted.map((value) => ({
      id: createHash('sha256').update(`${servicePrincipal?.objectId} ${value}`).digest('base64url'),
      appRoleId: roleId(resource, value),
      createdDateTime: createdAt.toISOString(),
      principalDisplayName: displayName,
      principalId: servicePrincipal?.objectId,
      principalType: 'ServicePrincipal',
      resourceDisplayName: resource.displayName,
      resourceId: resource.id,
    }))
  return [...of(EXCHANGE, servicePrincipal?.exchangeRoles ?? []), ...of(GRAPH, servicePrincipal?.graphRoles ?? [])]
}

interface Found {
  json: Record<string, unknown>
  assignments: unknown[]
}

function find(tenant: Tenant, appId: string | undefined, id: string | undefined): Found | undefined {
  const resource = [GRAPH, ...(tenant.exchange ? [EXCHANGE] : [])].find((it) =>
    appId ? it.appId === appId : it.id === id,
  )
  if (resource) return { json: resourceJson(resource), assignments: [] }
  const application = appId
    ? applicationOf(tenant, appId)
    : tenant.applications.find(({ servicePrincipal }) => servicePrincipal?.objectId === id)
  if (!application?.servicePrincipal) return undefined
  return { json: { ...principalJson(application, tenant.id) }, assignments: assignments(application) }
}

const PRINCIPAL = /^\/servicePrincipals(?:\(appId='([^']+)'\)|\/([0-9a-f-]{36}))?(\/appRoleAssignments)?$/i

/** Enterprise applications, to be read only. */
export function principals(call: Call): GraphAnswer | null {
  const [whole, appId, id, more] = PRINCIPAL.exec(call.path) ?? []
  if (whole === undefined || call.method !== 'GET') return null
  const { caller, url } = call
  if (!mayRead(caller)) return denied()
  const names =
    url.searchParams
      .get('$select')
      ?.split(',')
      .map((name) => name.trim()) ?? null
  if (appId === undefined && id === undefined) {
    const [, wanted] = /^appId eq '([0-9a-f-]{36})'$/i.exec(url.searchParams.get('$filter') ?? '') ?? []
    if (wanted === undefined)
      return badRequest("Only the filter appId eq '…' is supported here.", 'Request_UnsupportedQuery')
    const principal = find(caller.tenant, wanted.toLowerCase(), undefined)
    const value = principal ? [pickNames(principal.json, names)] : []
    return { status: 200, body: { '@odata.context': `${CONTEXT}servicePrincipals`, value } }
  }
  const principal = find(caller.tenant, appId?.toLowerCase(), id?.toLowerCase())
  if (!principal) return notFound(appId ?? id ?? '')
  if (more !== undefined)
    return { status: 200, body: { '@odata.context': `${CONTEXT}appRoleAssignments`, value: principal.assignments } }
  return {
    status: 200,
    body: { '@odata.context': `${CONTEXT}servicePrincipals/$entity`, ...pickNames(principal.json, names) },
  }
}
