import { formatsIn } from '../i18n/formats'
import { DEFAULT_LOCALE, type Locale } from '../i18n/locale'
import { type Cloud, type CredentialKind, isUuid, type Stage } from '../kernel'
import { BUILT_IN_CLOUDS } from '../kernel/mail-server-settings'
import { isQuotable } from './powershell'

/** The values of this organisation that are known. A missing value is shown as a marked gap. */
export interface RemedyFacts {
  /** Null if the deployment does not have the cloud of the settings. If absent, as on a help page, the worldwide one is meant. */
  cloud?: Cloud | null
  tenantId?: string | null
  clientId?: string | null
  /** Name of the application in Entra, if someone has entered it. */
  appName?: string | null
  /** Object ID of the service principal, from the token's `oid`. */
  objectId?: string | null
  /** The configured sender, used in the header From and the envelope. */
  sender?: string | null
  /** The login mailbox. Defaults to the sender. */
  mailbox?: string | null
  recipient?: string | null
  /** Whether the message reports the failure of another one. */
  isReport?: boolean
  /** The host of the connection: the SMTP server, or the token endpoint at stage `token`. */
  host?: string | null
  port?: number | null
  security?: 'starttls' | 'tls' | 'none' | null
  username?: string | null
  secretExpiresAt?: Date | null
  /** How the console signs in. A credential from the deployment cannot be entered in a form. */
  credential?: CredentialKind | null
  /** Labels of the fields that are missing or invalid. */
  fields?: readonly string[] | null
  /** What is wrong with each of them, as sentences. */
  problems?: readonly string[] | null
  /** Roles found in the token. */
  roles?: readonly string[] | null
  audience?: string | null
  /** The stage of the fault. At stage `token` the host is the cloud's sign-in host. */
  stage?: Stage | null
  /** The evidence of the diagnosis. An AADSTS number in it becomes a link. */
  evidence?: string | null
}

export type KnownFacts = Partial<Record<FactName, string>>

/** Longer than any real value. A longer one would make its sentence unreadable. */
const VALUE_CHARS_MAX = 320

/** Returns the facts as texts of one line. A value that may come from a server and has the wrong form is left out. */
export const knownFacts = (facts: RemedyFacts, locale: Locale): KnownFacts =>
  Object.fromEntries(
    Object.entries(valuesOf(facts, locale)).filter((entry): entry is [FactName, string] => {
      const [, value] = entry
      return typeof value === 'string' && value !== '' && value.length <= VALUE_CHARS_MAX && isQuotable(value)
    }),
  )

const guid = (text: string | null | undefined): string | null => (text && isUuid(text.toLowerCase()) ? text : null)
const hostOf = (origin: string): string | null => (URL.canParse(origin) ? new URL(origin).host : null)

function valuesOf(facts: RemedyFacts, locale: Locale) {
  const { cloud } = facts
  const { host, port } = endpointOf(facts)
  const exchange = cloud === undefined ? BUILT_IN_CLOUDS[0] : cloud
  return {
    tenantId: facts.tenantId,
    clientId: guid(facts.clientId),
    appName: facts.appName,
    objectId: guid(facts.objectId),
    sender: facts.sender,
    mailbox: facts.mailbox ?? facts.username ?? facts.sender,
    recipient: facts.recipient,
    host,
    port: port?.toString(),
    username: facts.username,
    cloud: cloud?.name,
    loginHost: cloud && hostOf(cloud.loginOrigin),
    scope: cloud?.exchangeScope,
    exchangeHost: exchange?.smtpHost,
    exchangePort: exchange?.smtpPort.toString(),
    expiresAt: facts.secretExpiresAt && formatsIn(locale).fullDate(facts.secretExpiresAt),
    fields: facts.fields?.join(', '),
    roles: facts.roles?.join(', '),
    audience: facts.audience,
  }
}

/** The facts that texts and commands may contain. */
export type FactName = keyof ReturnType<typeof valuesOf>
export const FACT_NAMES = Object.keys(valuesOf({}, DEFAULT_LOCALE)) as FactName[]

/** The host and port of the connection: the sign-in host at stage `token`, otherwise the mail server. */
function endpointOf({ stage, cloud, host, port }: RemedyFacts) {
  if (stage === 'token' && cloud && URL.canParse(cloud.loginOrigin)) {
    const { hostname, port: loginPort } = new URL(cloud.loginOrigin)
    return { host: hostname, port: Number(loginPort || 443) }
  }
  return { host: host ?? cloud?.smtpHost, port: port ?? (host ? null : cloud?.smtpPort) }
}

/** Hosts of Microsoft's mail service. Only for these do commands for Exchange Online make sense. */
const MICROSOFT = /(?:^|\.)(?:office365\.(?:com|us)|outlook\.(?:com|cn)|office\.com|apps\.mil|microsoft)$/i

/** Whether the mail server is Exchange Online. True if nothing is known, as on a help page. */
export const isExchangeOnline = ({ cloud, host }: RemedyFacts): boolean =>
  Boolean(cloud) || !host || MICROSOFT.test(host)
