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

/** Writes one list of commands. Values are quoted, and gaps are marked and explained in a comment above the commands. */
interface CommandWriter {
  /** The fact as a PowerShell argument. */
  arg(name: FactName): string
  /** The fact as a shell argument. */
  shellArg(name: FactName): string
  /** The fact or its marked gap without quotes, to build an argument from several. */
  plain(name: FactName): string
  /** A comment line. */
  comment(key: KeyUnder<'diagnosis', 'comments'>): string
  has(name: FactName): boolean
  facts: RemedyFacts
}

type Recipe = (writer: CommandWriter) => string[]

/**
 * The commands that fix a fault, ready to copy, in PowerShell or for a shell. The name of a gap is inside its quotes, so a command with
 * a gap is still well-formed.
 */
export function commandsFor(
  code: DiagnosisCode,
  facts: RemedyFacts,
  known: KnownFacts,
  t: Translator<'diagnosis'>,
): string[] {
  const recipe = RECIPES[code]
  if (!recipe || (EXCHANGE_ONLY.has(recipe) && !isExchangeOnline(facts))) return []
  return writeCommands(recipe, facts, known, t)
}

/** The commands for one step of the set-up in Exchange. Those of `prepare` are run first, in the same window. */
export const setUpCommands = (
  step: SetUpRecipe,
  facts: RemedyFacts,
  known: KnownFacts,
  t: Translator<'diagnosis'>,
): string[] => writeCommands(SET_UP[step], facts, known, t)

function writeCommands(recipe: Recipe, facts: RemedyFacts, known: KnownFacts, t: Translator<'diagnosis'>): string[] {
  const gaps = new Set<FactName>()
  const plain = (name: FactName): string => {
    const value = known[name]
    if (value !== undefined) return value
    gaps.add(name)
    return `‹${t(`gaps.${name}.name`)}›`
  }
  const lines = recipe({
    plain,
    arg: (name) => powershellString(plain(name)),
    shellArg: (name) => shellString(plain(name)),
    comment: (key) => `# ${t(`comments.${key}`)}`,
    has: (name) => known[name] !== undefined,
    facts,
  })
  return [...[...gaps].map((name) => `# ‹${t(`gaps.${name}.name`)}›: ${t(`gaps.${name}.where`)}`), ...lines]
}

const connect = ({ facts }: CommandWriter): string => connectExchange(facts.cloud)

/** `Get-ServicePrincipal -Identity` may list everything if it finds nothing, so the ids are compared here. */
const ownPrincipal = (writer: CommandWriter): string =>
  `$sp = Get-ServicePrincipal | Where-Object { $_.AppId -eq ${writer.arg('clientId')}${
    writer.has('objectId') ? ` -and $_.ObjectId -eq ${writer.arg('objectId')}` : ''
  } }`

const grantMailbox: Recipe = (writer) => [
  ownPrincipal(writer),
  `Add-MailboxPermission -Identity ${writer.arg('mailbox')} -User $sp.Sid -AccessRights FullAccess`,
]
const allowSmtpAuth: Recipe = (writer) => [
  `Set-CASMailbox -Identity ${writer.arg('mailbox')} -SmtpClientAuthenticationDisabled $false`,
]
const checkMailbox: Recipe = (writer) => [
  `Get-MailboxPermission -Identity ${writer.arg('mailbox')} | Format-List User,AccessRights,Deny`,
]

const prepare: Recipe = (writer) => [
  'Set-ExecutionPolicy -ExecutionPolicy Bypass -Scope Process',
  'Install-Module -Name ExchangeOnlineManagement -Scope CurrentUser',
  'Import-Module -Name ExchangeOnlineManagement',
  connect(writer),
  writer.comment('checkTenant'),
  'Get-ConnectionInformation | Format-List UserPrincipalName,TenantID',
]

const addPrincipal: Recipe = (writer) => [
  writer.comment('register'),
  `New-ServicePrincipal -AppId ${writer.arg('clientId')} -ObjectId ${writer.arg('objectId')} -DisplayName ${writer.has('appName') ? writer.arg('appName') : "'Postroom'"}`,
]
const checkPrincipal: Recipe = (writer) => [
  writer.comment('checkIds'),
  `Get-ServicePrincipal | Where-Object { $_.AppId -eq ${writer.arg('clientId')} } | Format-List DisplayName,AppId,ObjectId,Sid`,
  writer.comment('removeWrong'),
  `# Get-ServicePrincipal | Where-Object { $_.AppId -eq ${writer.arg('clientId')} -and $_.ObjectId -ne ${writer.arg('objectId')} } | ForEach-Object { Remove-ServicePrincipal -Identity $_.ObjectId }`,
]

/** All that lets the application send as a mailbox. */
const allowSending: Recipe = (writer) => [
  writer.comment('grantMailbox'),
  ...grantMailbox(writer),
  writer.comment('allowSmtpAuth'),
  ...allowSmtpAuth(writer),
  writer.comment('check'),
  ...checkMailbox(writer),
]

const register: Recipe = (writer) => [
  connect(writer),
  ...addPrincipal(writer),
  ...checkPrincipal(writer),
  ...allowSending(writer),
]

const allowMailbox: Recipe = (writer) => [
  connect(writer),
  ...grantMailbox(writer),
  writer.comment('check'),
  ...checkMailbox(writer),
]

const checkSmtpAuth: Recipe = (writer) => [
  `Get-CASMailbox -Identity ${writer.arg('mailbox')} | Format-List SmtpClientAuthenticationDisabled`,
]
const openSmtpAuth: Recipe = (writer) => [
  connect(writer),
  ...allowSmtpAuth(writer),
  writer.comment('check'),
  ...checkSmtpAuth(writer),
]

const rbacName = (writer: CommandWriter): string => powershellString(RBAC_NAME_BEGINS + writer.plain('clientId'))

/** In Exchange's filter language `'` is doubled. */
const scopeToMailbox: Recipe = (writer) => [
  `New-ManagementScope -Name ${rbacName(writer)} -RecipientRestrictionFilter ${powershellString(
    `PrimarySmtpAddress -eq '${writer.plain('mailbox').replaceAll("'", "''")}'`,
  )}`,
  `New-ManagementRoleAssignment -Name ${rbacName(writer)} -Role ${powershellString(RBAC_ROLE)} -App ${writer.arg('objectId')} -CustomResourceScope ${rbacName(writer)}`,
]
const checkScope: Recipe = (writer) => [
  `Test-ServicePrincipalAuthorization -Identity ${writer.arg('objectId')} -Resource ${writer.arg('mailbox')} | Format-Table`,
]

/** What the steps of the set-up do, and how each is checked and undone. */
const SET_UP = {
  prepare,
  register: addPrincipal,
  'register-check': checkPrincipal,
  'register-undo': (writer) => [ownPrincipal(writer), 'Remove-ServicePrincipal -Identity $sp.ObjectId'],
  mailbox: grantMailbox,
  'mailbox-check': checkMailbox,
  'mailbox-undo': (writer) => [
    ownPrincipal(writer),
    `Remove-MailboxPermission -Identity ${writer.arg('mailbox')} -User $sp.Sid -AccessRights FullAccess`,
  ],
  scope: scopeToMailbox,
  'scope-check': checkScope,
  'scope-undo': (writer) => [
    `Get-ManagementRoleAssignment -RoleAssignee ${writer.arg('objectId')} | Where-Object { $_.Name -eq ${rbacName(writer)} } | Remove-ManagementRoleAssignment`,
    `Remove-ManagementScope -Identity ${rbacName(writer)}`,
  ],
  'smtp-auth': allowSmtpAuth,
  'smtp-auth-check': checkSmtpAuth,
  'smtp-auth-undo': (writer) => [
    `Set-CASMailbox -Identity ${writer.arg('mailbox')} -SmtpClientAuthenticationDisabled $null`,
  ],
} as const satisfies Record<string, Recipe>
export type SetUpRecipe = keyof typeof SET_UP

const openSmtpAuthForTenant: Recipe = (writer) => [
  ...openSmtpAuth(writer),
  writer.comment('wholeTenant'),
  '# Set-TransportConfig -SmtpClientAuthenticationDisabled $false',
]

const sendAs: Recipe = (writer) => [
  connect(writer),
  writer.comment('sendAsMailbox'),
  `Add-RecipientPermission -Identity ${writer.arg('sender')} -Trustee ${writer.arg('mailbox')} -AccessRights SendAs -Confirm:$false`,
  // With a password login there is no application that needs a permission.
  ...(writer.facts.clientId || writer.facts.cloud || !writer.facts.username
    ? [
        writer.comment('sendAsApplication'),
        ownPrincipal(writer),
        `Add-RecipientPermission -Identity ${writer.arg('sender')} -Trustee $sp.Sid -AccessRights SendAs -Confirm:$false`,
      ]
    : []),
  writer.comment('check'),
  `Get-RecipientPermission -Identity ${writer.arg('sender')} -AccessRights SendAs | Format-List Trustee,AccessRights`,
]

const sendAsItself: Recipe = (writer) => [connect(writer), ...allowSending(writer)]

/** The permission that a sender needs, by the mailbox that logs in: the server's or its own. */
const PERMISSIONS = { 'send-as': sendAs, login: sendAsItself } as const satisfies Record<string, Recipe>

/** The commands that give a sender its permission. `facts.mailbox` is the mailbox that logs in. */
export const senderPermissionCommands = (
  way: keyof typeof PERMISSIONS,
  facts: RemedyFacts,
  known: KnownFacts,
  t: Translator<'diagnosis'>,
): string[] => writeCommands(PERMISSIONS[way], facts, known, t)

const application: Recipe = (writer) => [
  `$app = Get-MgApplication -Filter ${powershellString(`appId eq '${writer.plain('clientId')}'`)}`,
]
const servicePrincipal: Recipe = (writer) => [
  `$sp = Get-MgServicePrincipal -Filter ${powershellString(`appId eq '${writer.plain('clientId')}'`)}`,
]
const [exchangePrincipal = ''] = FIND_SEND_AS_APP

const newSecret: Recipe = (writer) => [
  connectGraph(writer.facts.cloud, 'Application.ReadWrite.All'),
  ...application(writer),
  writer.comment('listSecrets'),
  '$app.PasswordCredentials | Format-Table DisplayName,Hint,StartDateTime,EndDateTime',
  writer.comment('newSecret'),
  "(Add-MgApplicationPassword -ApplicationId $app.Id -PasswordCredential @{ displayName = 'Postroom'; endDateTime = (Get-Date).AddMonths(12) }).SecretText",
]

const grantRole: Recipe = (writer) => [
  connectGraph(writer.facts.cloud, 'Application.Read.All', 'AppRoleAssignment.ReadWrite.All'),
  ...FIND_SEND_AS_APP,
  ...servicePrincipal(writer),
  writer.comment('grantRole'),
  GRANT_SEND_AS_APP,
  writer.comment('check'),
  'Get-MgServicePrincipalAppRoleAssignment -ServicePrincipalId $sp.Id | Format-Table ResourceDisplayName,AppRoleId',
]

const grantRoleOrCheckRbac: Recipe = (writer) => [
  ...grantRole(writer),
  writer.comment('rbac'),
  `# ${connect(writer)}`,
  `# Test-ServicePrincipalAuthorization -Identity ${writer.arg('objectId')} -Resource ${writer.arg('mailbox')} | Format-Table`,
]

const findApplication: Recipe = (writer) => [
  connectGraph(writer.facts.cloud, 'Application.Read.All'),
  ...application(writer),
  '$app | Format-List DisplayName,AppId,SignInAudience',
]
const enableApplication: Recipe = (writer) => [
  connectGraph(writer.facts.cloud, 'Application.ReadWrite.All'),
  ...servicePrincipal(writer),
  '$sp | Format-List DisplayName,AppId,Id,AccountEnabled',
  'Update-MgServicePrincipal -ServicePrincipalId $sp.Id -AccountEnabled:$true',
]
const createPrincipal: Recipe = (writer) => [
  connectGraph(writer.facts.cloud, 'Application.ReadWrite.All'),
  `New-MgServicePrincipal -AppId ${writer.arg('clientId')}`,
  writer.comment('thenConsent'),
]
const findExchange: Recipe = (writer) => [
  connectGraph(writer.facts.cloud, 'Application.Read.All'),
  exchangePrincipal,
  '$exo | Format-List DisplayName,AppId,AccountEnabled',
]

const exchange =
  (...lines: ((writer: CommandWriter) => string)[]): Recipe =>
  (writer) => [connect(writer), ...lines.map((line) => line(writer))]

const mailboxFull = exchange(
  (writer) => `Get-EXOMailboxStatistics -Identity ${writer.arg('mailbox')} | Format-List TotalItemSize,ItemCount`,
  (writer) => writer.comment('sentItems'),
  (writer) => `Set-Mailbox -Identity ${writer.arg('mailbox')} -MessageCopyForSMTPClientSubmissionEnabled $false`,
)
const traceSender = exchange(
  (writer) =>
    `Get-MessageTraceV2 -SenderAddress ${writer.arg('sender')} -StartDate (Get-Date).AddDays(-1) -EndDate (Get-Date) | Group-Object Status`,
)
const unblockSender = exchange(
  (writer) => `Get-BlockedSenderAddress -SenderAddress ${writer.arg('sender')}`,
  (writer) => writer.comment('afterSecuring'),
  (writer) => `# Remove-BlockedSenderAddress -SenderAddress ${writer.arg('sender')}`,
)
const messageSize = exchange(
  (writer) => `Get-Mailbox -Identity ${writer.arg('mailbox')} | Format-List MaxSendSize`,
  (writer) => writer.comment('maxSendSize'),
  (writer) => `# Set-Mailbox -Identity ${writer.arg('mailbox')} -MaxSendSize 100MB`,
)
const recipientLimit = exchange(
  (writer) => `Get-Mailbox -Identity ${writer.arg('mailbox')} | Format-List RecipientLimits`,
  () => 'Get-TransportConfig | Format-List MaxRecipientEnvelopeLimit',
)
const findRecipient = exchange((writer) => `Get-EXORecipient -Identity ${writer.arg('recipient')}`)
const recipientRights = exchange(
  (writer) =>
    `Get-EXORecipient -Identity ${writer.arg('recipient')} -PropertySets All | Format-List RecipientTypeDetails,PrimarySmtpAddress`,
)
const acceptedDomains = exchange(() => 'Get-AcceptedDomain | Format-Table DomainName,DomainType,Default')
const connectors = exchange(
  () =>
    'Get-InboundConnector | Format-List Name,Enabled,ConnectorType,SenderDomains,SenderIPAddresses,TlsSenderCertificateName',
  () => 'Get-OrganizationConfig | Format-List RejectDirectSend',
  () => 'Get-AcceptedDomain | Format-Table DomainName,DomainType',
)

const lookUp: Recipe = (writer) => [`nslookup ${writer.shellArg('host')}`]
/** The domain of the sender's address. */
const senderDomain = (writer: CommandWriter): string => writer.plain('sender').split('@').at(-1) ?? ''
const lookUpSender: Recipe = (writer) => [
  `nslookup -type=MX ${shellString(senderDomain(writer))}`,
  `nslookup ${shellString(senderDomain(writer))}`,
]
const lookUpSenderRecords: Recipe = (writer) => [
  `nslookup -type=TXT ${shellString(senderDomain(writer))}`,
  `nslookup -type=TXT ${shellString(`_dmarc.${senderDomain(writer)}`)}`,
]
const lookUpNetwork: Recipe = (writer) => [...lookUp(writer), 'ip -4 route show default', 'ip -6 route show default']
const testPort: Recipe = (writer) => [`nc -vz -w 10 ${writer.shellArg('host')} ${writer.shellArg('port')}`]
const showCertificate: Recipe = (writer) => {
  const at = shellString(`${writer.plain('host')}:${writer.plain('port')}`)
  const tls =
    writer.facts.security === 'tls' ||
    writer.facts.stage === 'token' ||
    writer.facts.port === 443 ||
    writer.facts.port === 465
  return [
    `openssl s_client -connect ${at} -servername ${writer.shellArg('host')}${tls ? '' : ' -starttls smtp'} -showcerts </dev/null`,
  ]
}
const testTls: Recipe = (writer) =>
  writer.facts.stage === 'token'
    ? showCertificate(writer)
    : [
        writer.comment('asStartTls'),
        `openssl s_client -connect ${shellString(`${writer.plain('host')}:${writer.plain('port')}`)} -starttls smtp -brief </dev/null`,
        writer.comment('asTls'),
        `openssl s_client -connect ${shellString(`${writer.plain('host')}:${writer.plain('port')}`)} -brief </dev/null`,
      ]
const trustOwnCa: Recipe = (writer) => [
  ...showCertificate(writer),
  writer.comment('extraCa'),
  'NODE_EXTRA_CA_CERTS=/etc/postroom/extra-ca.pem',
]
const allowNetwork: Recipe = (writer) => [
  ...lookUp(writer),
  writer.comment('allowNetwork'),
  `POSTROOM_ALLOW_NETWORKS=${writer.shellArg('host')}`,
]
const askToken: Recipe = (writer) => [
  `curl -sS -o /dev/null -w '%{http_code} %{content_type}\\n' ${shellString(
    `https://${writer.plain('loginHost')}/${writer.plain('tenantId')}/v2.0/.well-known/openid-configuration`,
  )}`,
]
const clock: Recipe = (writer) => [
  'date -u',
  `curl -sSI ${shellString(`https://${writer.plain('loginHost')}/`)} | grep -i '^date:'`,
  writer.comment('timeSync'),
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
  'connection-refused': testPort,
  'connection-timed-out': testPort,
  'connection-lost': testPort,
  'network-unreachable': lookUpNetwork,
  'certificate-untrusted': trustOwnCa,
  'certificate-expired': showCertificate,
  'certificate-name-mismatch': showCertificate,
  'tls-version-unsupported': showCertificate,
  'tls-handshake-refused': showCertificate,
  'tls-expected': testTls,
  'starttls-not-offered': testTls,
  'starttls-required': testTls,
  'not-an-smtp-server': testTls,
  'deadline-passed': testPort,
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
  'auth-mechanism-unavailable': testTls,
  'send-as-denied': sendAs,
  'mailbox-permission-missing': allowMailbox,
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
