import { connectExchange, powershellString, RBAC_NAME_BEGINS, RBAC_ROLE } from '../../diagnosis'
import { isGuid } from '../../kernel/entra-identity'
import { BLOCK_CLOSES, BLOCK_LABELS, BLOCK_OPENS } from './block'
import { GAP_MARK, type Pen, plain } from './pen'
import { tenantCheck } from './powershell-parts'

const head = (pen: Pen, title: string): string[] => [
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
  `$AppName = ${pen.value('appName')}`,
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
  ...(isGuid(plain(pen.input, 'tenantId'))
    ? ['$connection = Get-ConnectionInformation | Select-Object -Last 1', ...tenantCheck(pen, '$connection.TenantID')]
    : [
        `if (-not (Get-AcceptedDomain | Where-Object { $_.DomainName -eq $TenantId })) { throw ${pen.text('wrongTenant')} }`,
      ]),
]

/** `Get-ServicePrincipal -Identity` may list everything when it finds nothing, so ids are compared here. */
const FIND_OWN = '$sp = Get-ServicePrincipal | Where-Object { $_.AppId -eq $ClientId -and $_.ObjectId -eq $ObjectId }'
/** Of this application alone, whoever else may have named one like it. */
const OWN_ASSIGNMENTS = `$assigned = @(Get-ManagementRoleAssignment -RoleAssignee $ObjectId | Where-Object { $_.Name -eq $RbacName })`
/** Exchange shows who holds a permission by one of these. */
const OWN_NAMES = '$names = @($sp.Sid, $sp.Identity, $sp.ObjectId, $sp.DisplayName) | Where-Object { $_ }'
const OWN_PERMISSIONS =
  "$held = @(Get-MailboxPermission -Identity $Sender | Where-Object { $names -contains $_.User -and $_.AccessRights -contains 'FullAccess' -and -not $_.Deny })"

/** Tells Exchange of the application and lets it into one mailbox. */
export function exchangePowershell(pen: Pen): string[] {
  const { path } = pen.input
  return [
    ...head(pen, 'exchange.title'),
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
      ? [
          `if (@(Get-MailboxPermission -Identity $Sender | Where-Object { $names -contains $_.User }).Count -eq 0) { Write-Warning ${pen.text('exchange.permissionNotSeen')} }`,
        ]
      : [
          `$scope = Test-ServicePrincipalAuthorization -Identity $ObjectId -Resource $Sender | Where-Object { $_.RoleName -eq '${RBAC_ROLE}' }`,
          `if ("$($scope.InScope)" -ne 'True') { Write-Warning ${pen.text('exchange.notInScope')} } else { Write-Host ${pen.text('exchange.inScope')} }`,
        ]),
    `Write-Host ${pen.text('exchange.settles')}`,
    '',
    ...pen.say('blockNoSecret'),
    `Write-Output ${powershellString(BLOCK_OPENS)}`,
    ...line('cloud', powershellString(pen.input.values.cloud.id)),
    ...(isGuid(plain(pen.input, 'tenantId'))
      ? line('tenantId', '$TenantId')
      : line('tenantId', '(Get-ConnectionInformation | Select-Object -Last 1).TenantID')),
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
  OWN_NAMES,
  OWN_PERMISSIONS,
  'if ($held.Count -eq 0) {',
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

/** Takes back both paths, whichever was gone. Run twice, the second time does nothing. */
export const undoExchangePowershell = (pen: Pen): string[] => [
  ...head(pen, 'undoExchange.title'),
  ...pen.say('undoExchange.smtpAuthSwitch'),
  "$SmtpAuthBefore = ''",
  '',
  ...connect(pen),
  '',
  FIND_OWN,
  'if ($sp) {',
  ...pen.say('undoExchange.permission').map((text) => `  ${text}`),
  `  ${OWN_NAMES}`,
  `  ${OWN_PERMISSIONS}`,
  '  if ($held.Count -gt 0) { Remove-MailboxPermission -Identity $Sender -User $sp.Sid -AccessRights FullAccess -Confirm:$false }',
  '',
  ...pen.say('undoExchange.rbac').map((text) => `  ${text}`),
  `  ${OWN_ASSIGNMENTS}`,
  '  foreach ($each in $assigned) { Remove-ManagementRoleAssignment -Identity $each.Name -Confirm:$false }',
  '',
  ...pen.say('undoExchange.principal').map((text) => `  ${text}`),
  '  Remove-ServicePrincipal -Identity $sp.ObjectId -Confirm:$false',
  '}',
  ...pen.say('undoExchange.scope'),
  `$scope = Get-ManagementScope | Where-Object { $_.Name -eq $RbacName }`,
  `$others = @(Get-ManagementRoleAssignment -Role '${RBAC_ROLE}' | Where-Object { $_.Name -eq $RbacName })`,
  `if ($scope -and $others.Count -eq 0) { Remove-ManagementScope -Identity $RbacName -Confirm:$false }`,
  '',
  ...pen.say('undoExchange.smtpAuth'),
  "if ($SmtpAuthBefore -eq 'inherit') { Set-CASMailbox -Identity $Sender -SmtpClientAuthenticationDisabled $null }",
  "if ($SmtpAuthBefore -eq 'off') { Set-CASMailbox -Identity $Sender -SmtpClientAuthenticationDisabled $true }",
  `Write-Host ${pen.text('undoExchange.done')}`,
]
