import type { KeyUnder, Translator } from '../i18n/translations'
import type { DiagnosisCode } from '../kernel/diagnosis-code'
import { type FactName, isExchangeOnline, type KnownFacts, type RemedyFacts } from './facts'
import {
  connectExchange,
  connectGraph,
  FIND_SEND_AS_APP,
  GRANT_SEND_AS_APP,
  RBAC_NAME_BEGINS,
  RBAC_ROLE,
} from './microsoft'
import { powershellString, shellString } from './powershell'

/** Puts one list of lines together: values quoted, gaps marked and explained in a comment above the lines. */
interface Pen {
  /** The fact as a PowerShell argument. */
  ps(name: FactName): string
  /** The fact as a shell argument; `text` makes one argument of several facts. */
  sh(name: FactName): string
  /** The fact's text or its marked gap, for building an argument of several. */
  plain(name: FactName): string
  /** A comment line. */
  say(key: KeyUnder<'diagnosis', 'comments'>): string
  has(name: FactName): boolean
  facts: RemedyFacts
}

type Recipe = (pen: Pen) => string[]

/**
 * The lines that mend a fault, ready to copy, one to an entry; PowerShell unless they are plainly shell. A gap names
 * itself inside its quotes, so a line with a gap is still one well-formed command.
 */
export function commandsFor(
  code: DiagnosisCode,
  facts: RemedyFacts,
  known: KnownFacts,
  t: Translator<'diagnosis'>,
): string[] {
  const recipe = RECIPES[code]
  if (!recipe || (EXCHANGE_ONLY.has(recipe) && !isExchangeOnline(facts))) return []
  return written(recipe, facts, known, t)
}

/** The lines of one step of the set-up in Exchange; `prepare` comes before the others, in the same window. */
export const setUpCommands = (
  step: SetUpRecipe,
  facts: RemedyFacts,
  known: KnownFacts,
  t: Translator<'diagnosis'>,
): string[] => written(SET_UP[step], facts, known, t)

function written(recipe: Recipe, facts: RemedyFacts, known: KnownFacts, t: Translator<'diagnosis'>): string[] {
  const gaps = new Set<FactName>()
  const plain = (name: FactName): string => {
    const value = known[name]
    if (value !== undefined) return value
    gaps.add(name)
    return `‹${t(`gaps.${name}.name`)}›`
  }
  const lines = recipe({
    plain,
    ps: (name) => powershellString(plain(name)),
    sh: (name) => shellString(plain(name)),
    say: (key) => `# ${t(`comments.${key}`)}`,
    has: (name) => known[name] !== undefined,
    facts,
  })
  return [...[...gaps].map((name) => `# ‹${t(`gaps.${name}.name`)}›: ${t(`gaps.${name}.where`)}`), ...lines]
}

const connect = ({ facts }: Pen): string => connectExchange(facts.cloud)

/** `Get-ServicePrincipal -Identity` may list everything when it finds nothing, so the ids are compared here. */
const own = (pen: Pen): string =>
  `$sp = Get-ServicePrincipal | Where-Object { $_.AppId -eq ${pen.ps('clientId')}${
    pen.has('objectId') ? ` -and $_.ObjectId -eq ${pen.ps('objectId')}` : ''
  } }`

const grantMailbox: Recipe = (pen) => [
  own(pen),
  `Add-MailboxPermission -Identity ${pen.ps('mailbox')} -User $sp.Sid -AccessRights FullAccess`,
]
const allowSmtpAuth: Recipe = (pen) => [
  `Set-CASMailbox -Identity ${pen.ps('mailbox')} -SmtpClientAuthenticationDisabled $false`,
]
const checkMailbox: Recipe = (pen) => [
  `Get-MailboxPermission -Identity ${pen.ps('mailbox')} | Format-List User,AccessRights,Deny`,
]

const prepare: Recipe = (pen) => [
  'Set-ExecutionPolicy -ExecutionPolicy Bypass -Scope Process',
  'Install-Module -Name ExchangeOnlineManagement -Scope CurrentUser',
  'Import-Module -Name ExchangeOnlineManagement',
  connect(pen),
  pen.say('checkTenant'),
  'Get-ConnectionInformation | Format-List UserPrincipalName,TenantID',
]

const registerApp: Recipe = (pen) => [
  pen.say('register'),
  `New-ServicePrincipal -AppId ${pen.ps('clientId')} -ObjectId ${pen.ps('objectId')} -DisplayName ${pen.has('appName') ? pen.ps('appName') : "'Postroom'"}`,
  pen.say('checkIds'),
  `Get-ServicePrincipal | Where-Object { $_.AppId -eq ${pen.ps('clientId')} } | Format-List DisplayName,AppId,ObjectId,Sid`,
  pen.say('removeWrong'),
  `# Get-ServicePrincipal | Where-Object { $_.AppId -eq ${pen.ps('clientId')} -and $_.ObjectId -ne ${pen.ps('objectId')} } | ForEach-Object { Remove-ServicePrincipal -Identity $_.ObjectId }`,
]

const register: Recipe = (pen) => [
  connect(pen),
  ...registerApp(pen),
  pen.say('grantMailbox'),
  ...grantMailbox(pen),
  pen.say('allowSmtpAuth'),
  ...allowSmtpAuth(pen),
  pen.say('check'),
  ...checkMailbox(pen),
]

const permitMailbox: Recipe = (pen) => [connect(pen), ...grantMailbox(pen), pen.say('check'), ...checkMailbox(pen)]

const allowAndCheckSmtpAuth: Recipe = (pen) => [
  ...allowSmtpAuth(pen),
  pen.say('check'),
  `Get-CASMailbox -Identity ${pen.ps('mailbox')} | Format-List SmtpClientAuthenticationDisabled`,
]
const openSmtpAuth: Recipe = (pen) => [connect(pen), ...allowAndCheckSmtpAuth(pen)]

const rbacName = (pen: Pen): string => powershellString(RBAC_NAME_BEGINS + pen.plain('clientId'))

/** In Exchange's filter language `'` stands doubled. */
const scopeToMailbox: Recipe = (pen) => [
  `New-ManagementScope -Name ${rbacName(pen)} -RecipientRestrictionFilter ${powershellString(
    `PrimarySmtpAddress -eq '${pen.plain('mailbox').replaceAll("'", "''")}'`,
  )}`,
  `New-ManagementRoleAssignment -Name ${rbacName(pen)} -Role ${powershellString(RBAC_ROLE)} -App ${pen.ps('objectId')} -CustomResourceScope ${rbacName(pen)}`,
  pen.say('check'),
  `Test-ServicePrincipalAuthorization -Identity ${pen.ps('objectId')} -Resource ${pen.ps('mailbox')} | Format-Table`,
]

const SET_UP = {
  prepare,
  register: registerApp,
  permit: (pen) => [...grantMailbox(pen), pen.say('check'), ...checkMailbox(pen)],
  scope: scopeToMailbox,
  'smtp-auth': allowAndCheckSmtpAuth,
} as const satisfies Record<string, Recipe>
export type SetUpRecipe = keyof typeof SET_UP

const openSmtpAuthForTenant: Recipe = (pen) => [
  ...openSmtpAuth(pen),
  pen.say('wholeTenant'),
  '# Set-TransportConfig -SmtpClientAuthenticationDisabled $false',
]

const sendAs: Recipe = (pen) => [
  connect(pen),
  pen.say('sendAsMailbox'),
  `Add-RecipientPermission -Identity ${pen.ps('sender')} -Trustee ${pen.ps('mailbox')} -AccessRights SendAs -Confirm:$false`,
  // A password login has no application to grant anything to.
  ...(pen.facts.clientId || pen.facts.cloud || !pen.facts.username
    ? [
        pen.say('sendAsApplication'),
        own(pen),
        `Add-RecipientPermission -Identity ${pen.ps('sender')} -Trustee $sp.Sid -AccessRights SendAs -Confirm:$false`,
      ]
    : []),
  pen.say('check'),
  `Get-RecipientPermission -Identity ${pen.ps('sender')} -AccessRights SendAs | Format-List Trustee,AccessRights`,
]

const sendAsItself: Recipe = (pen) => [
  connect(pen),
  pen.say('grantMailbox'),
  ...grantMailbox(pen),
  pen.say('allowSmtpAuth'),
  ...allowSmtpAuth(pen),
  pen.say('check'),
  ...checkMailbox(pen),
]

/** By whose login a sender besides the server's own is used: the server's mailbox, or its own. */
const PERMISSIONS = { 'send-as': sendAs, login: sendAsItself } as const satisfies Record<string, Recipe>

/** The lines that give a sender (`sender`) its permission; `mailbox` logs in. */
export const permissionLines = (
  way: keyof typeof PERMISSIONS,
  facts: RemedyFacts,
  known: KnownFacts,
  t: Translator<'diagnosis'>,
): string[] => written(PERMISSIONS[way], facts, known, t)

const application: Recipe = (pen) => [
  `$app = Get-MgApplication -Filter ${powershellString(`appId eq '${pen.plain('clientId')}'`)}`,
]
const servicePrincipal: Recipe = (pen) => [
  `$sp = Get-MgServicePrincipal -Filter ${powershellString(`appId eq '${pen.plain('clientId')}'`)}`,
]
const [exchangePrincipal = ''] = FIND_SEND_AS_APP

const newSecret: Recipe = (pen) => [
  connectGraph(pen.facts.cloud, 'Application.ReadWrite.All'),
  ...application(pen),
  pen.say('listSecrets'),
  '$app.PasswordCredentials | Format-Table DisplayName,Hint,StartDateTime,EndDateTime',
  pen.say('newSecret'),
  "(Add-MgApplicationPassword -ApplicationId $app.Id -PasswordCredential @{ displayName = 'Postroom'; endDateTime = (Get-Date).AddMonths(12) }).SecretText",
]

const grantRole: Recipe = (pen) => [
  connectGraph(pen.facts.cloud, 'Application.Read.All', 'AppRoleAssignment.ReadWrite.All'),
  ...FIND_SEND_AS_APP,
  ...servicePrincipal(pen),
  pen.say('grantRole'),
  GRANT_SEND_AS_APP,
  pen.say('check'),
  'Get-MgServicePrincipalAppRoleAssignment -ServicePrincipalId $sp.Id | Format-Table ResourceDisplayName,AppRoleId',
]

const grantRoleOrCheckRbac: Recipe = (pen) => [
  ...grantRole(pen),
  pen.say('rbac'),
  `# ${connect(pen)}`,
  `# Test-ServicePrincipalAuthorization -Identity ${pen.ps('objectId')} -Resource ${pen.ps('mailbox')} | Format-Table`,
]

const findApplication: Recipe = (pen) => [
  connectGraph(pen.facts.cloud, 'Application.Read.All'),
  ...application(pen),
  '$app | Format-List DisplayName,AppId,SignInAudience',
]
const enableApplication: Recipe = (pen) => [
  connectGraph(pen.facts.cloud, 'Application.ReadWrite.All'),
  ...servicePrincipal(pen),
  '$sp | Format-List DisplayName,AppId,Id,AccountEnabled',
  'Update-MgServicePrincipal -ServicePrincipalId $sp.Id -AccountEnabled:$true',
]
const createPrincipal: Recipe = (pen) => [
  connectGraph(pen.facts.cloud, 'Application.ReadWrite.All'),
  `New-MgServicePrincipal -AppId ${pen.ps('clientId')}`,
  pen.say('thenConsent'),
]
const findExchange: Recipe = (pen) => [
  connectGraph(pen.facts.cloud, 'Application.Read.All'),
  exchangePrincipal,
  '$exo | Format-List DisplayName,AppId,AccountEnabled',
]

const exchange =
  (...lines: ((pen: Pen) => string)[]): Recipe =>
  (pen) => [connect(pen), ...lines.map((line) => line(pen))]

const mailboxFull = exchange(
  (pen) => `Get-EXOMailboxStatistics -Identity ${pen.ps('mailbox')} | Format-List TotalItemSize,ItemCount`,
  (pen) => pen.say('sentItems'),
  (pen) => `Set-Mailbox -Identity ${pen.ps('mailbox')} -MessageCopyForSMTPClientSubmissionEnabled $false`,
)
const traceSender = exchange(
  (pen) =>
    `Get-MessageTraceV2 -SenderAddress ${pen.ps('sender')} -StartDate (Get-Date).AddDays(-1) -EndDate (Get-Date) | Group-Object Status`,
)
const unblockSender = exchange(
  (pen) => `Get-BlockedSenderAddress -SenderAddress ${pen.ps('sender')}`,
  (pen) => pen.say('afterSecuring'),
  (pen) => `# Remove-BlockedSenderAddress -SenderAddress ${pen.ps('sender')}`,
)
const messageSize = exchange(
  (pen) => `Get-Mailbox -Identity ${pen.ps('mailbox')} | Format-List MaxSendSize`,
  (pen) => pen.say('maxSendSize'),
  (pen) => `# Set-Mailbox -Identity ${pen.ps('mailbox')} -MaxSendSize 100MB`,
)
const recipientLimit = exchange(
  (pen) => `Get-Mailbox -Identity ${pen.ps('mailbox')} | Format-List RecipientLimits`,
  () => 'Get-TransportConfig | Format-List MaxRecipientEnvelopeLimit',
)
const findRecipient = exchange((pen) => `Get-EXORecipient -Identity ${pen.ps('recipient')}`)
const recipientRights = exchange(
  (pen) =>
    `Get-EXORecipient -Identity ${pen.ps('recipient')} -PropertySets All | Format-List RecipientTypeDetails,PrimarySmtpAddress`,
)
const acceptedDomains = exchange(() => 'Get-AcceptedDomain | Format-Table DomainName,DomainType,Default')
const connectors = exchange(
  () =>
    'Get-InboundConnector | Format-List Name,Enabled,ConnectorType,SenderDomains,SenderIPAddresses,TlsSenderCertificateName',
  () => 'Get-OrganizationConfig | Format-List RejectDirectSend',
  () => 'Get-AcceptedDomain | Format-Table DomainName,DomainType',
)

const lookUp: Recipe = (pen) => [`nslookup ${pen.sh('host')}`]
/** The domain of the sender's address. */
const senderDomain = (pen: Pen): string => pen.plain('sender').split('@').at(-1) ?? ''
const lookUpSender: Recipe = (pen) => [
  `nslookup -type=MX ${shellString(senderDomain(pen))}`,
  `nslookup ${shellString(senderDomain(pen))}`,
]
const lookUpSenderRecords: Recipe = (pen) => [
  `nslookup -type=TXT ${shellString(senderDomain(pen))}`,
  `nslookup -type=TXT ${shellString(`_dmarc.${senderDomain(pen)}`)}`,
]
const lookUpRoutes: Recipe = (pen) => [...lookUp(pen), 'ip -4 route show default', 'ip -6 route show default']
const knock: Recipe = (pen) => [`nc -vz -w 10 ${pen.sh('host')} ${pen.sh('port')}`]
const showCertificate: Recipe = (pen) => {
  const at = shellString(`${pen.plain('host')}:${pen.plain('port')}`)
  const tls =
    pen.facts.security === 'tls' || pen.facts.stage === 'token' || pen.facts.port === 443 || pen.facts.port === 465
  return [
    `openssl s_client -connect ${at} -servername ${pen.sh('host')}${tls ? '' : ' -starttls smtp'} -showcerts </dev/null`,
  ]
}
const speakPlainly: Recipe = (pen) =>
  pen.facts.stage === 'token'
    ? showCertificate(pen)
    : [
        pen.say('asStartTls'),
        `openssl s_client -connect ${shellString(`${pen.plain('host')}:${pen.plain('port')}`)} -starttls smtp -brief </dev/null`,
        pen.say('asTls'),
        `openssl s_client -connect ${shellString(`${pen.plain('host')}:${pen.plain('port')}`)} -brief </dev/null`,
      ]
const trustOwnCa: Recipe = (pen) => [
  ...showCertificate(pen),
  pen.say('extraCa'),
  'NODE_EXTRA_CA_CERTS=/etc/postroom/extra-ca.pem',
]
const allowNetwork: Recipe = (pen) => [
  ...lookUp(pen),
  pen.say('allowNetwork'),
  `POSTROOM_ALLOW_NETWORKS=${pen.sh('host')}`,
]
const askToken: Recipe = (pen) => [
  `curl -sS -o /dev/null -w '%{http_code} %{content_type}\\n' ${shellString(
    `https://${pen.plain('loginHost')}/${pen.plain('tenantId')}/v2.0/.well-known/openid-configuration`,
  )}`,
]
const clock: Recipe = (pen) => [
  'date -u',
  `curl -sSI ${shellString(`https://${pen.plain('loginHost')}/`)} | grep -i '^date:'`,
  pen.say('timeSync'),
  'timedatectl status',
]

/** Recipes that only make sense where the mail server is Exchange Online. */
const EXCHANGE_ONLY: ReadonlySet<Recipe> = new Set([
  newSecret,
  sendAs,
  mailboxFull,
  traceSender,
  unblockSender,
  messageSize,
  recipientLimit,
  findRecipient,
  recipientRights,
  acceptedDomains,
  connectors,
])

const RECIPES: Partial<Record<DiagnosisCode, Recipe>> = {
  'secret-unreadable': () => ['bin/postroom keys status'],
  'name-not-found': lookUp,
  'name-lookup-failed': lookUp,
  'address-not-allowed': allowNetwork,
  'connection-refused': knock,
  'connection-timed-out': knock,
  'connection-lost': knock,
  'network-unreachable': lookUpRoutes,
  'certificate-untrusted': trustOwnCa,
  'certificate-expired': showCertificate,
  'certificate-name-mismatch': showCertificate,
  'tls-version-unsupported': showCertificate,
  'tls-handshake-refused': showCertificate,
  'tls-expected': speakPlainly,
  'starttls-not-offered': speakPlainly,
  'starttls-required': speakPlainly,
  'not-an-smtp-server': speakPlainly,
  'deadline-passed': knock,
  'secret-invalid': newSecret,
  'secret-expired': newSecret,
  'secret-missing': newSecret,
  'application-not-found': findApplication,
  'application-disabled': enableApplication,
  'tenant-not-found': askToken,
  'tenant-restricted-by-proxy': askToken,
  'assignment-required': grantRole,
  'exchange-not-in-tenant': findExchange,
  'service-principal-missing': createPrincipal,
  'consent-missing': grantRole,
  'permission-misconfigured': grantRole,
  'entra-unavailable': askToken,
  'token-reply-invalid': askToken,
  'clock-wrong': clock,
  'assertion-time-invalid': clock,
  'role-missing': grantRoleOrCheckRbac,
  'role-wrong': grantRoleOrCheckRbac,
  'smtp-auth-disabled-for-tenant': openSmtpAuthForTenant,
  'smtp-auth-disabled-for-mailbox': openSmtpAuth,
  'exchange-rejected-token': register,
  'auth-mechanism-unavailable': speakPlainly,
  'send-as-denied': sendAs,
  'mailbox-permission-missing': permitMailbox,
  'daily-quota-exceeded': traceSender,
  'mailbox-full': mailboxFull,
  'sender-blocked': unblockSender,
  'sender-domain-invalid': lookUpSender,
  'sender-authentication-failed': lookUpSenderRecords,
  'domain-not-registered': acceptedDomains,
  'message-too-large': messageSize,
  'too-many-recipients': recipientLimit,
  'recipient-not-found': findRecipient,
  'recipient-refused': recipientRights,
  'relay-denied': connectors,
  'wrong-region': acceptedDomains,
}
