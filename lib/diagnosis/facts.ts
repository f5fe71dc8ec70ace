import type { Cloud } from '../kernel/clouds'
import type { CredentialKind } from '../kernel/credential-kind'
import type { Stage } from '../kernel/stage'
import { isGuid } from './claims'
import { isQuotable } from './powershell'

/** This organisation's own values, as far as they are known. A value that is not here becomes a marked placeholder. */
export interface RemedyFacts {
  cloud?: Cloud | null
  tenantId?: string | null
  clientId?: string | null
  /** What Entra calls the application, where somebody has said so. */
  appName?: string | null
  /** The service principal's object id, as the token's `oid` tells it. */
  objectId?: string | null
  /** The configured sender: header From and envelope. */
  sender?: string | null
  /** The mailbox the login names; the sender where it is not given. */
  mailbox?: string | null
  recipient?: string | null
  /** The server that was dialled: the SMTP server, or the token endpoint's host at stage `token`. */
  host?: string | null
  port?: number | null
  security?: 'starttls' | 'tls' | 'none' | null
  username?: string | null
  secretExpiresAt?: Date | null
  /** How the console signs in: where the deployment gives the proof, nobody can type one. */
  credential?: CredentialKind | null
  /** Our public address, where a reply or the deployment names it. */
  ourAddress?: string | null
  /** Names of the fields that are missing or invalid, as the page calls them. */
  fields?: readonly string[] | null
  /** What is wrong with each of them, as sentences. */
  problems?: readonly string[] | null
  /** Roles found in the token. */
  roles?: readonly string[] | null
  audience?: string | null
  /** Where the fault showed. At stage `token` the host in question is the cloud's sign-in host. */
  stage?: Stage | null
  /** The evidence of the diagnosis: an AADSTS number in it becomes a link. */
  evidence?: string | null
}

/** Everything a text or a command may name. */
export const FACT_NAMES = [
  'tenantId',
  'clientId',
  'appName',
  'objectId',
  'sender',
  'mailbox',
  'recipient',
  'host',
  'port',
  'username',
  'cloud',
  'loginHost',
  'scope',
  'exchangeHost',
  'exchangePort',
  'expiresAt',
  'ourAddress',
  'fields',
  'roles',
  'audience',
] as const
export type FactName = (typeof FACT_NAMES)[number]
export type KnownFacts = Partial<Record<FactName, string>>

/** Longer than any real value; what is longer would drown the sentence it stands in. */
const VALUE_CHARS_MAX = 320

/** The facts as one-line texts. What a peer may have written and does not look like what it should be counts as unknown. */
export function knownFacts(facts: RemedyFacts): KnownFacts {
  const { cloud, ...given } = facts
  const { host, port } = placeOf(facts)
  const values: Record<FactName, string | null | undefined> = {
    tenantId: given.tenantId,
    clientId: guid(given.clientId),
    appName: given.appName,
    objectId: guid(given.objectId),
    sender: given.sender,
    mailbox: given.mailbox ?? given.username ?? given.sender,
    recipient: given.recipient,
    host,
    port: port?.toString(),
    username: given.username,
    cloud: cloud?.name,
    loginHost: cloud && hostOf(cloud.loginOrigin),
    scope: cloud?.exchangeScope,
    exchangeHost: cloud?.smtpHost,
    exchangePort: cloud?.smtpPort.toString(),
    expiresAt: given.secretExpiresAt?.toISOString().slice(0, 10),
    ourAddress: given.ourAddress,
    fields: given.fields?.join(', '),
    roles: given.roles?.join(', '),
    audience: given.audience,
  }
  return Object.fromEntries(
    Object.entries(values).filter((entry): entry is [FactName, string] => {
      const [, value] = entry
      return typeof value === 'string' && value !== '' && value.length <= VALUE_CHARS_MAX && isQuotable(value)
    }),
  )
}

/** The place that was dialled: the sign-in host at stage `token`, else the mail server. */
function placeOf({ stage, cloud, host, port }: RemedyFacts): {
  host?: string | null | undefined
  port?: number | null | undefined
} {
  if (stage === 'token' && cloud && URL.canParse(cloud.loginOrigin)) {
    const { hostname, port: own } = new URL(cloud.loginOrigin)
    return { host: hostname, port: Number(own || 443) }
  }
  return { host: host ?? cloud?.smtpHost, port: port ?? (host ? null : cloud?.smtpPort) }
}

const guid = (text: string | null | undefined): string | null => (text && isGuid(text) ? text : null)

function hostOf(origin: string): string | null {
  return URL.canParse(origin) ? new URL(origin).host : null
}

/** Hosts of Microsoft's mail service; a password or a command for Exchange Online makes sense nowhere else. */
const MICROSOFT = /(?:^|\.)(?:office365\.(?:com|us)|outlook\.(?:com|cn)|office\.com|apps\.mil|microsoft)$/i

/** Whether the mail server is Exchange Online; true where nothing is known, as on a help page. */
export function isExchangeOnline({ cloud, host }: RemedyFacts): boolean {
  return Boolean(cloud) || !host || MICROSOFT.test(host)
}
