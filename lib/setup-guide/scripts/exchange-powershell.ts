import { connectExchange, powershellString, RBAC_NAME_BEGINS, RBAC_ROLE } from '../../diagnosis'
import { BLOCK_CLOSES, BLOCK_LABELS, BLOCK_OPENS } from './block'
import { GAP_MARK, type ScriptKey, type ScriptWriter } from './script-writer'

const head = (writer: ScriptWriter, title: ScriptKey, extraLines: readonly string[]): string[] => [
  ...writer.comment(title),
  ...writer.comment('readFirst'),
  ...writer.comment('exchange.role'),
  ...writer.comment('runPowershell'),
  '',
  "$ErrorActionPreference = 'Stop'",
  '',
  ...writer.comment('values'),
  `$TenantId = ${writer.value('tenantId')}`,
  `$ClientId = ${writer.value('clientId')}`,
  ...writer.comment('exchange.objectId'),
  `$ObjectId = ${writer.value('objectId')}`,
  `$Sender = ${writer.value('sender')}`,
  ...extraLines,
  `$RbacName = ${powershellString(RBAC_NAME_BEGINS)} + $ClientId`,
]

const connect = (writer: ScriptWriter): string[] => [
  `foreach ($value in $TenantId, $ClientId, $ObjectId, $Sender) { if ($value.Contains('${GAP_MARK}')) { throw ${writer.text('fillGaps')} } }`,
  '',
  ...writer.comment('modules'),
  'if (-not (Get-Module -ListAvailable -Name ExchangeOnlineManagement)) { Install-Module -Name ExchangeOnlineManagement -Scope CurrentUser }',
  'Import-Module -Name ExchangeOnlineManagement',
  '',
  ...writer.comment('connect'),
  connectExchange(writer.input.values.cloud),
  '$connection = Get-ConnectionInformation | Select-Object -Last 1',
  `if ($connection.TenantID -ne $TenantId -and -not (Get-AcceptedDomain | Where-Object { $_.DomainName -eq $TenantId })) { throw ${writer.text('wrongTenant')} }`,
]

/** `Get-ServicePrincipal -Identity` may list everything if it finds nothing, so the ids are compared here. */
const FIND_OWN = '$sp = Get-ServicePrincipal | Where-Object { $_.AppId -eq $ClientId -and $_.ObjectId -eq $ObjectId }'
/** The role assignments of this application, even if others have the same name. */
const OWN_ASSIGNMENTS = `$assigned = @(Get-ManagementRoleAssignment -RoleAssignee $ObjectId | Where-Object { $_.Name -eq $RbacName })`
/** The full-access entries of the mailbox. That of an application may be unresolved, and Exchange lists those only on request. */
const FULL_ACCESS =
  "Get-MailboxPermission -Identity $Sender -IncludeUnresolvedPermissions | Where-Object { $_.AccessRights -contains 'FullAccess' -and -not $_.Deny }"
/** This application's entry, found by Sid or Object ID, because a person may have the same display name. */
const IDS = '$ids = @($sp.Sid, $sp.ObjectId) | Where-Object { $_ }'
const IS_OWN = '$ids -contains $_.UserSid -or $ids -contains $_.User'
const OWN_ACCESS = `@(${FULL_ACCESS} | Where-Object { ${IS_OWN} })`
/** Entries that are not certainly this application's, and not a person's, which Exchange shows with an address. */
const UNCLEAR = `@(${FULL_ACCESS} | Where-Object { -not (${IS_OWN}) -and $_.User -notlike '*@*' -and $_.User -notlike 'NT AUTHORITY\\*' })`

/** Registers the application in Exchange and allows it to use one mailbox. */
export function exchangePowershell(writer: ScriptWriter): string[] {
  const { path } = writer.input
  return [
    ...head(writer, 'exchange.title', [`$AppName = ${writer.value('appName')}`]),
    '',
    ...connect(writer),
    '',
    ...writer.comment('exchange.mailbox'),
    '$mailbox = Get-EXOMailbox -Identity $Sender',
    `if ($mailbox.PrimarySmtpAddress -ne $Sender) { Write-Warning (${writer.text('exchange.notPrimary')} + ' ' + $mailbox.PrimarySmtpAddress) }`,
    '',
    ...writer.comment('exchange.register'),
    '$wrong = @(Get-ServicePrincipal | Where-Object { $_.AppId -eq $ClientId -and $_.ObjectId -ne $ObjectId })',
    `if ($wrong.Count -gt 0) { throw ${writer.text('exchange.wrongObjectId')} }`,
    FIND_OWN,
    'if (-not $sp) {',
    // The object in the answer is used, because a lookup may not find it yet.
    '  $sp = New-ServicePrincipal -AppId $ClientId -ObjectId $ObjectId -DisplayName $AppName',
    `  Write-Host ${writer.text('exchange.registered')}`,
    '}',
    '',
    ...(path === 'mailbox' ? mailboxPermission(writer) : rbacScope(writer)),
    '',
    ...writer.comment('exchange.smtpAuth'),
    '$before = (Get-CASMailbox -Identity $Sender).SmtpClientAuthenticationDisabled',
    'if ($before -ne $false) {',
    "  if ($null -eq $before) { $word = 'inherit' } else { $word = 'off' }",
    `  Write-Host (${writer.text('exchange.smtpAuthBefore')} + ' ' + $word)`,
    '  Set-CASMailbox -Identity $Sender -SmtpClientAuthenticationDisabled $false',
    '}',
    '',
    ...writer.comment('verify'),
    "Get-ServicePrincipal | Where-Object { $_.AppId -eq $ClientId } | Format-List -Property 'DisplayName', 'AppId', 'ObjectId', 'Sid'",
    ...(path === 'mailbox'
      ? [`if (${OWN_ACCESS}.Count -eq 0) { Write-Warning ${writer.text('exchange.permissionNotSeen')} }`]
      : [
          `$scope = Test-ServicePrincipalAuthorization -Identity $ObjectId -Resource $Sender | Where-Object { $_.RoleName -eq '${RBAC_ROLE}' }`,
          `if ("$($scope.InScope)" -ne 'True') { Write-Warning ${writer.text('exchange.notInScope')} } else { Write-Host ${writer.text('exchange.inScope')} }`,
        ]),
    `Write-Host ${writer.text('exchange.settles')}`,
    '',
    ...writer.comment('blockNoSecret'),
    `Write-Output ${powershellString(BLOCK_OPENS)}`,
    ...line('cloud', powershellString(writer.input.values.cloud.id)),
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

const mailboxPermission = (writer: ScriptWriter): string[] => [
  ...writer.comment('exchange.permission'),
  IDS,
  `if (${OWN_ACCESS}.Count -eq 0) {`,
  '  Add-MailboxPermission -Identity $Sender -User $sp.Sid -AccessRights FullAccess | Out-Null',
  `  Write-Host ${writer.text('exchange.permitted')}`,
  '}',
]

/** The address is in `$Sender`, so it only needs quoting for Exchange's filter language. */
const rbacScope = (writer: ScriptWriter): string[] => [
  ...writer.comment('exchange.rbac'),
  '$filter = "PrimarySmtpAddress -eq \'" + $Sender.Replace("\'", "\'\'") + "\'"',
  `$scope = Get-ManagementScope | Where-Object { $_.Name -eq $RbacName }`,
  'if (-not $scope) {',
  `  New-ManagementScope -Name $RbacName -RecipientRestrictionFilter $filter | Out-Null`,
  `  Write-Host ${writer.text('exchange.madeScope')}`,
  "} elseif ([string]$scope.RecipientFilter -notlike ('*' + [System.Management.Automation.WildcardPattern]::Escape($Sender) + '*')) {",
  `  Set-ManagementScope -Identity $RbacName -RecipientRestrictionFilter $filter`,
  `  Write-Host ${writer.text('exchange.movedScope')}`,
  '}',
  OWN_ASSIGNMENTS,
  'if ($assigned.Count -eq 0) {',
  `  New-ManagementRoleAssignment -Name $RbacName -Role '${RBAC_ROLE}' -App $ObjectId -CustomResourceScope $RbacName | Out-Null`,
  `  Write-Host ${writer.text('exchange.assigned')}`,
  '}',
]

/** The scope of path B, and the role assignments of the same name that still use it. */
const UNUSED_SCOPE = [
  '$scope = Get-ManagementScope | Where-Object { $_.Name -eq $RbacName }',
  `$others = @(Get-ManagementRoleAssignment -Role '${RBAC_ROLE}' | Where-Object { $_.Name -eq $RbacName })`,
]

const REMOVE_PERMISSION =
  'Remove-MailboxPermission -Identity $Sender -User $sp.Sid -AccessRights FullAccess -Confirm:$false'

/**
 * Undoes both paths. A second run changes nothing. The permission is removed by Sid, so no one else can lose theirs. It is checked
 * again before the service principal is removed, because the Sid is only known from there.
 */
export const undoExchangePowershell = (writer: ScriptWriter): string[] => [
  ...head(writer, 'undoExchange.title', [...writer.comment('undoExchange.smtpAuthSwitch'), "$SmtpAuthBefore = ''"]),
  '',
  ...connect(writer),
  '',
  FIND_OWN,
  'if ($sp) {',
  ...indented([
    ...writer.comment('undoExchange.permission'),
    IDS,
    `if (${OWN_ACCESS}.Count -gt 0) {`,
    `  ${REMOVE_PERMISSION}`,
    `} elseif (${UNCLEAR}.Count -gt 0) {`,
    `  try { ${REMOVE_PERMISSION} } catch { Write-Warning $_.Exception.Message }`,
    '}',
    `if (${OWN_ACCESS}.Count -gt 0) { throw ${writer.text('undoExchange.permissionRemains')} }`,
    `$unclear = ${UNCLEAR}`,
    `if ($unclear.Count -gt 0) { Write-Warning (${writer.text('undoExchange.unclear')} + ' ' + ($unclear.User -join ', ')) }`,
    '',
    ...writer.comment('undoExchange.rbac'),
    OWN_ASSIGNMENTS,
    'foreach ($each in $assigned) { Remove-ManagementRoleAssignment -Identity $each.Name -Confirm:$false }',
    '',
    ...writer.comment('undoExchange.principal'),
    'Remove-ServicePrincipal -Identity $sp.ObjectId -Confirm:$false',
  ]),
  '} else {',
  `  Write-Host ${writer.text('undoExchange.noPrincipal')}`,
  '}',
  ...writer.comment('undoExchange.scope'),
  ...UNUSED_SCOPE,
  'if ($scope -and $others.Count -eq 0) { Remove-ManagementScope -Identity $RbacName -Confirm:$false }',
  '',
  ...writer.comment('undoExchange.smtpAuth'),
  "if ($SmtpAuthBefore -eq 'inherit') { Set-CASMailbox -Identity $Sender -SmtpClientAuthenticationDisabled $null }",
  "if ($SmtpAuthBefore -eq 'off') { Set-CASMailbox -Identity $Sender -SmtpClientAuthenticationDisabled $true }",
  '',
  ...writer.comment('verify'),
  '$remains = @()',
  FIND_OWN,
  `if ($sp) { $remains += ${writer.text('undoExchange.principalRemains')} }`,
  ...UNUSED_SCOPE,
  `if ($others.Count -gt 0) { $remains += ${writer.text('undoExchange.roleRemains')} }`,
  `if ($scope) { $remains += ${writer.text('undoExchange.scopeRemains')} }`,
  '$now = (Get-CASMailbox -Identity $Sender).SmtpClientAuthenticationDisabled',
  `if (($SmtpAuthBefore -eq 'inherit' -and $null -ne $now) -or ($SmtpAuthBefore -eq 'off' -and $now -ne $true)) { $remains += ${writer.text('undoExchange.smtpAuthRemains')} }`,
  'foreach ($remain in $remains) { Write-Warning $remain }',
  `if ($remains.Count -gt 0) { throw ${writer.text('undoExchange.incomplete')} }`,
  `Write-Host ${writer.text('undoExchange.done')}`,
]

const indented = (lines: readonly string[]): string[] => lines.map((text) => (text === '' ? '' : `  ${text}`))
