import { connectExchange, powershellString, RBAC_NAME_BEGINS, RBAC_ROLE } from '../../diagnosis'
import { BLOCK_CLOSES, BLOCK_LABELS, BLOCK_OPENS } from './block'
import { GAP_MARK, type Pen, type ScriptKey } from './script-writer'

const head = (pen: Pen, title: ScriptKey, own: readonly string[]): string[] => [
  ...pen.say(title),
  ...pen.say('readFirst'),
  ...pen.say('exchange.role'),
  ...pen.say('runPowershell'),
  '',
  "$ErrorActionPreference = 'Stop'",
  '',
  ...pen.say('values'),
  `$TenantId = ${pen.value('tenantId')}`,
  `$ClientId = ${pen.value('clientId')}`,
  ...pen.say('exchange.objectId'),
  `$ObjectId = ${pen.value('objectId')}`,
  `$Sender = ${pen.value('sender')}`,
  ...own,
  `$RbacName = ${powershellString(RBAC_NAME_BEGINS)} + $ClientId`,
]

const connect = (pen: Pen): string[] => [
  `foreach ($value in $TenantId, $ClientId, $ObjectId, $Sender) { if ($value.Contains('${GAP_MARK}')) { throw ${pen.text('fillGaps')} } }`,
  '',
  ...pen.say('modules'),
  'if (-not (Get-Module -ListAvailable -Name ExchangeOnlineManagement)) { Install-Module -Name ExchangeOnlineManagement -Scope CurrentUser }',
  'Import-Module -Name ExchangeOnlineManagement',
  '',
  ...pen.say('connect'),
  connectExchange(pen.input.values.cloud),
  '$connection = Get-ConnectionInformation | Select-Object -Last 1',
  `if ($connection.TenantID -ne $TenantId -and -not (Get-AcceptedDomain | Where-Object { $_.DomainName -eq $TenantId })) { throw ${pen.text('wrongTenant')} }`,
]

/** `Get-ServicePrincipal -Identity` may list everything when it finds nothing, so ids are compared here. */
const FIND_OWN = '$sp = Get-ServicePrincipal | Where-Object { $_.AppId -eq $ClientId -and $_.ObjectId -eq $ObjectId }'
/** Of this application alone, whoever else may have named one like it. */
const OWN_ASSIGNMENTS = `$assigned = @(Get-ManagementRoleAssignment -RoleAssignee $ObjectId | Where-Object { $_.Name -eq $RbacName })`
/** Who has full access to the mailbox. An application's entry may count as unresolved, which Exchange shows only on request. */
const FULL_ACCESS =
  "Get-MailboxPermission -Identity $Sender -IncludeUnresolvedPermissions | Where-Object { $_.AccessRights -contains 'FullAccess' -and -not $_.Deny }"
/** This application among them, recognised by its Sid or Object ID alone: a person may have the same display name. */
const IDS = '$ids = @($sp.Sid, $sp.ObjectId) | Where-Object { $_ }'
const IS_OWN = '$ids -contains $_.UserSid -or $ids -contains $_.User'
const HELD = `@(${FULL_ACCESS} | Where-Object { ${IS_OWN} })`
/** Neither this application for certain nor a person, whom Exchange shows by their address. */
const UNCLEAR = `@(${FULL_ACCESS} | Where-Object { -not (${IS_OWN}) -and $_.User -notlike '*@*' -and $_.User -notlike 'NT AUTHORITY\\*' })`

/** Tells Exchange of the application and lets it into one mailbox. */
export function exchangePowershell(pen: Pen): string[] {
  const { path } = pen.input
  return [
    ...head(pen, 'exchange.title', [`$AppName = ${pen.value('appName')}`]),
    '',
    ...connect(pen),
    '',
    ...pen.say('exchange.mailbox'),
    '$mailbox = Get-EXOMailbox -Identity $Sender',
    `if ($mailbox.PrimarySmtpAddress -ne $Sender) { Write-Warning (${pen.text('exchange.notPrimary')} + ' ' + $mailbox.PrimarySmtpAddress) }`,
    '',
    ...pen.say('exchange.register'),
    '$wrong = @(Get-ServicePrincipal | Where-Object { $_.AppId -eq $ClientId -and $_.ObjectId -ne $ObjectId })',
    `if ($wrong.Count -gt 0) { throw ${pen.text('exchange.wrongObjectId')} }`,
    FIND_OWN,
    'if (-not $sp) {',
    // Taken from what it answers: looked up, it may not be there yet.
    '  $sp = New-ServicePrincipal -AppId $ClientId -ObjectId $ObjectId -DisplayName $AppName',
    `  Write-Host ${pen.text('exchange.registered')}`,
    '}',
    '',
    ...(path === 'mailbox' ? mailboxPermission(pen) : rbacScope(pen)),
    '',
    ...pen.say('exchange.smtpAuth'),
    '$before = (Get-CASMailbox -Identity $Sender).SmtpClientAuthenticationDisabled',
    'if ($before -ne $false) {',
    "  if ($null -eq $before) { $word = 'inherit' } else { $word = 'off' }",
    `  Write-Host (${pen.text('exchange.smtpAuthBefore')} + ' ' + $word)`,
    '  Set-CASMailbox -Identity $Sender -SmtpClientAuthenticationDisabled $false',
    '}',
    '',
    ...pen.say('verify'),
    "Get-ServicePrincipal | Where-Object { $_.AppId -eq $ClientId } | Format-List -Property 'DisplayName', 'AppId', 'ObjectId', 'Sid'",
    ...(path === 'mailbox'
      ? [`if (${HELD}.Count -eq 0) { Write-Warning ${pen.text('exchange.permissionNotSeen')} }`]
      : [
          `$scope = Test-ServicePrincipalAuthorization -Identity $ObjectId -Resource $Sender | Where-Object { $_.RoleName -eq '${RBAC_ROLE}' }`,
          `if ("$($scope.InScope)" -ne 'True') { Write-Warning ${pen.text('exchange.notInScope')} } else { Write-Host ${pen.text('exchange.inScope')} }`,
        ]),
    `Write-Host ${pen.text('exchange.settles')}`,
    '',
    ...pen.say('blockNoSecret'),
    `Write-Output ${powershellString(BLOCK_OPENS)}`,
    ...line('cloud', powershellString(pen.input.values.cloud.id)),
    ...line('tenantId', '$connection.TenantID'),
    ...line('clientId', '$ClientId'),
    ...line('objectId', '$ObjectId'),
    ...line('sender', '$Sender'),
    `Write-Output ${powershellString(BLOCK_CLOSES)}`,
  ]
}

const line = (name: keyof typeof BLOCK_LABELS, expression: string): string[] => [
  `Write-Output (${powershellString(`${BLOCK_LABELS[name]}: `)} + ${expression})`,
]

const mailboxPermission = (pen: Pen): string[] => [
  ...pen.say('exchange.permission'),
  IDS,
  `if (${HELD}.Count -eq 0) {`,
  '  Add-MailboxPermission -Identity $Sender -User $sp.Sid -AccessRights FullAccess | Out-Null',
  `  Write-Host ${pen.text('exchange.permitted')}`,
  '}',
]

/** The address goes through `$Sender`, so Exchange's own filter language is the only one it must be quoted for. */
const rbacScope = (pen: Pen): string[] => [
  ...pen.say('exchange.rbac'),
  '$filter = "PrimarySmtpAddress -eq \'" + $Sender.Replace("\'", "\'\'") + "\'"',
  `$scope = Get-ManagementScope | Where-Object { $_.Name -eq $RbacName }`,
  'if (-not $scope) {',
  `  New-ManagementScope -Name $RbacName -RecipientRestrictionFilter $filter | Out-Null`,
  `  Write-Host ${pen.text('exchange.madeScope')}`,
  "} elseif ([string]$scope.RecipientFilter -notlike ('*' + [System.Management.Automation.WildcardPattern]::Escape($Sender) + '*')) {",
  `  Set-ManagementScope -Identity $RbacName -RecipientRestrictionFilter $filter`,
  `  Write-Host ${pen.text('exchange.movedScope')}`,
  '}',
  OWN_ASSIGNMENTS,
  'if ($assigned.Count -eq 0) {',
  `  New-ManagementRoleAssignment -Name $RbacName -Role '${RBAC_ROLE}' -App $ObjectId -CustomResourceScope $RbacName | Out-Null`,
  `  Write-Host ${pen.text('exchange.assigned')}`,
  '}',
]

/** The scope of path B, once no role assignment of the same name uses it any more. */
const UNUSED_SCOPE = [
  '$scope = Get-ManagementScope | Where-Object { $_.Name -eq $RbacName }',
  `$others = @(Get-ManagementRoleAssignment -Role '${RBAC_ROLE}' | Where-Object { $_.Name -eq $RbacName })`,
]

const REMOVE_PERMISSION =
  'Remove-MailboxPermission -Identity $Sender -User $sp.Sid -AccessRights FullAccess -Confirm:$false'

/**
 * Undoes both paths, whichever was chosen. A second run changes nothing. The permission is removed by the Sid, so nobody
 * else can lose one. It is looked for again before Exchange's entry is removed, because the Sid is known from that entry.
 */
export const undoExchangePowershell = (pen: Pen): string[] => [
  ...head(pen, 'undoExchange.title', [...pen.say('undoExchange.smtpAuthSwitch'), "$SmtpAuthBefore = ''"]),
  '',
  ...connect(pen),
  '',
  FIND_OWN,
  'if ($sp) {',
  ...indented([
    ...pen.say('undoExchange.permission'),
    IDS,
    `if (${HELD}.Count -gt 0) {`,
    `  ${REMOVE_PERMISSION}`,
    `} elseif (${UNCLEAR}.Count -gt 0) {`,
    `  try { ${REMOVE_PERMISSION} } catch { Write-Warning $_.Exception.Message }`,
    '}',
    `if (${HELD}.Count -gt 0) { throw ${pen.text('undoExchange.permissionRemains')} }`,
    `$unclear = ${UNCLEAR}`,
    `if ($unclear.Count -gt 0) { Write-Warning (${pen.text('undoExchange.unclear')} + ' ' + ($unclear.User -join ', ')) }`,
    '',
    ...pen.say('undoExchange.rbac'),
    OWN_ASSIGNMENTS,
    'foreach ($each in $assigned) { Remove-ManagementRoleAssignment -Identity $each.Name -Confirm:$false }',
    '',
    ...pen.say('undoExchange.principal'),
    'Remove-ServicePrincipal -Identity $sp.ObjectId -Confirm:$false',
  ]),
  '} else {',
  `  Write-Host ${pen.text('undoExchange.noPrincipal')}`,
  '}',
  ...pen.say('undoExchange.scope'),
  ...UNUSED_SCOPE,
  'if ($scope -and $others.Count -eq 0) { Remove-ManagementScope -Identity $RbacName -Confirm:$false }',
  '',
  ...pen.say('undoExchange.smtpAuth'),
  "if ($SmtpAuthBefore -eq 'inherit') { Set-CASMailbox -Identity $Sender -SmtpClientAuthenticationDisabled $null }",
  "if ($SmtpAuthBefore -eq 'off') { Set-CASMailbox -Identity $Sender -SmtpClientAuthenticationDisabled $true }",
  '',
  ...pen.say('verify'),
  '$remains = @()',
  FIND_OWN,
  `if ($sp) { $remains += ${pen.text('undoExchange.principalRemains')} }`,
  ...UNUSED_SCOPE,
  `if ($others.Count -gt 0) { $remains += ${pen.text('undoExchange.roleRemains')} }`,
  `if ($scope) { $remains += ${pen.text('undoExchange.scopeRemains')} }`,
  '$now = (Get-CASMailbox -Identity $Sender).SmtpClientAuthenticationDisabled',
  `if (($SmtpAuthBefore -eq 'inherit' -and $null -ne $now) -or ($SmtpAuthBefore -eq 'off' -and $now -ne $true)) { $remains += ${pen.text('undoExchange.smtpAuthRemains')} }`,
  'foreach ($remain in $remains) { Write-Warning $remain }',
  `if ($remains.Count -gt 0) { throw ${pen.text('undoExchange.incomplete')} }`,
  `Write-Host ${pen.text('undoExchange.done')}`,
]

const indented = (lines: readonly string[]): string[] => lines.map((text) => (text === '' ? '' : `  ${text}`))
