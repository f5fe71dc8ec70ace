import type { KeyUnder } from '../i18n/translations'
import type { Cloud, DiagnosisCode } from '../kernel'
import { PORTAL_PAGES } from '../kernel/generated/faults/recognition'
import { isExchangeOnline, type KnownFacts, type RemedyFacts } from './facts'
import { aadstsIn } from './rules'

/** A page in a portal. Its text is `portals.<label>`. */
export interface PortalPage {
  label: PortalLabel
  url: string
}

export type PortalLabel = KeyUnder<'diagnosis', 'portals'>

/** Portals whose pages have the paths below. For another cloud the start page of its portal is used. */
const MICROSOFT_PORTALS = new Set([
  'https://entra.microsoft.com',
  'https://portal.azure.com',
  'https://portal.azure.us',
  'https://portal.azure.cn',
])

/** Pages of one application, which need its client ID, by their name in the address. */
const OF_APP: Partial<Record<PortalLabel, string>> = {
  credentials: 'Credentials',
  permissions: 'CallAnAPI',
  authentication: 'Authentication',
  appOverview: 'Overview',
}
/** Pages of the tenant. */
const OF_TENANT: Partial<Record<PortalLabel, string>> = {
  appList: 'Microsoft_AAD_RegisteredApps/ApplicationsListBlade',
  enterpriseApps: 'Microsoft_AAD_IAM/StartboardApplicationsMenuBlade/~/AppAppsPreview',
  signIns: 'Microsoft_AAD_IAM/ActiveDirectoryMenuBlade/~/SignIns',
  properties: 'Microsoft_AAD_IAM/ActiveDirectoryMenuBlade/~/Overview',
}

const PAGE_OF: Partial<Record<DiagnosisCode, PortalLabel>> = PORTAL_PAGES

/** Pages outside Entra, which are known only for the worldwide cloud. */
const ELSEWHERE: Partial<Record<PortalLabel, string>> = {
  exchangeAdmin: 'https://admin.exchange.microsoft.com/',
  usersAdmin: 'https://admin.microsoft.com/',
  restricted: 'https://security.microsoft.com/restrictedentities',
  delist: 'https://sender.office.com/',
  health: 'https://admin.microsoft.com/#/servicehealth',
}

/** The page where the fix begins, or null if none is known for certain. */
export function portalPage(code: DiagnosisCode, facts: RemedyFacts, known: KnownFacts): PortalPage | null {
  const { cloud } = facts
  if (cloud === null) return null
  if (code === 'unrecognised') return errorLookup(cloud ?? null, facts.evidence ?? '')
  const label = PAGE_OF[code]
  return label && isExchangeOnline(facts) ? pageIn(cloud ?? null, label, known) : null
}

/** A page in the portal of a cloud, null for the worldwide one, with the ids of the application that are known. */
export function pageIn(cloud: Cloud | null, label: PortalLabel, known: KnownFacts): PortalPage | null {
  const elsewhere = ELSEWHERE[label]
  if (!elsewhere) return entraPage(cloud?.portalUrl ?? 'https://entra.microsoft.com', label, known)
  const isWorldwide = !cloud || cloud.exchangeEnvironmentName === null
  return isWorldwide && (!cloud || MICROSOFT_PORTALS.has(originOf(cloud.portalUrl))) ? { label, url: elsewhere } : null
}

function entraPage(portalUrl: string, label: PortalLabel, { clientId, objectId }: KnownFacts): PortalPage {
  const origin = originOf(portalUrl)
  if (!MICROSOFT_PORTALS.has(origin)) return { label: 'entra', url: portalUrl }
  const page = (own: PortalLabel, path: string | undefined): PortalPage =>
    path === undefined ? { label: 'entra', url: portalUrl } : { label: own, url: `${origin}/#view/${path}` }
  if (label === 'enterpriseApp' && clientId && objectId)
    return page(label, `Microsoft_AAD_IAM/ManagedAppMenuBlade/~/Overview/objectId/${objectId}/appId/${clientId}`)
  const ofApp = OF_APP[label]
  if (ofApp && clientId)
    return page(label, `Microsoft_AAD_RegisteredApps/ApplicationMenuBlade/~/${ofApp}/appId/${clientId}`)
  const ofTenant = label === 'enterpriseApp' ? 'enterpriseApps' : label
  const list = ofApp ? 'appList' : ofTenant
  return page(list, OF_TENANT[list])
}

/** Microsoft's page that explains an AADSTS number, at the sign-in host. */
function errorLookup(cloud: Cloud | null, evidence: string): PortalPage | null {
  const number = aadstsIn(evidence)
  const origin = originOf(cloud?.loginOrigin ?? 'https://login.microsoftonline.com')
  if (number === null || !/(?:^|\.)microsoftonline\.(?:com|us|cn)$/.test(new URL(origin).hostname)) return null
  return { label: 'errorLookup', url: `${origin}/error?code=${number}` }
}

const originOf = (url: string): string => (URL.canParse(url) ? new URL(url).origin : 'https://invalid.invalid')
