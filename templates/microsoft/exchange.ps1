## The set-up in Exchange: registers the application and allows it to use one mailbox.

#template exchange
#say exchange.title
#include exchange-values
$AppName = {{value appName}}
$RbacName = '{{RBAC_NAME_BEGINS}}' + $ClientId

#include exchange-connect

#say exchange.mailbox
$mailbox = Get-EXOMailbox -Identity $Sender
if ($mailbox.PrimarySmtpAddress -ne $Sender) { Write-Warning ({{text exchange.notPrimary}} + ' ' + $mailbox.PrimarySmtpAddress) }

#say exchange.register
$wrong = @(Get-ServicePrincipal | Where-Object { $_.AppId -eq $ClientId -and $_.ObjectId -ne $ObjectId })
if ($wrong.Count -gt 0) { throw {{text exchange.wrongObjectId}} }
#include exchange-own
if (-not $sp) {
  ## The object in the answer is used, because a lookup may not find it yet.
  $sp = New-ServicePrincipal -AppId $ClientId -ObjectId $ObjectId -DisplayName $AppName
  Write-Host {{text exchange.registered}}
}

#if mailbox
#say exchange.permission
#include exchange-ids
if ({{> exchange-access}}.Count -eq 0) {
  Add-MailboxPermission -Identity $Sender -User $sp.Sid -AccessRights FullAccess | Out-Null
  Write-Host {{text exchange.permitted}}
}
#else
## The address is in `$Sender`, so it only needs quoting for Exchange's filter language.
#say exchange.rbac
$filter = "PrimarySmtpAddress -eq '" + $Sender.Replace("'", "''") + "'"
$scope = Get-ManagementScope | Where-Object { $_.Name -eq $RbacName }
if (-not $scope) {
  New-ManagementScope -Name $RbacName -RecipientRestrictionFilter $filter | Out-Null
  Write-Host {{text exchange.madeScope}}
} elseif ([string]$scope.RecipientFilter -notlike ('*' + [System.Management.Automation.WildcardPattern]::Escape($Sender.Replace("'", "''")) + '*')) {
  Set-ManagementScope -Identity $RbacName -RecipientRestrictionFilter $filter
  Write-Host {{text exchange.movedScope}}
}
#include exchange-assigned
if ($assigned.Count -eq 0) {
  New-ManagementRoleAssignment -Name $RbacName -Role '{{RBAC_ROLE}}' -App $ObjectId -CustomResourceScope $RbacName | Out-Null
  Write-Host {{text exchange.assigned}}
}
#end

#say exchange.smtpAuth
$before = (Get-CASMailbox -Identity $Sender).SmtpClientAuthenticationDisabled
if ($before -ne $false) {
  if ($null -eq $before) { $word = 'inherit' } else { $word = 'off' }
  Write-Host ({{text exchange.smtpAuthBefore}} + ' ' + $word)
  Set-CASMailbox -Identity $Sender -SmtpClientAuthenticationDisabled $false
}

#say verify
Get-ServicePrincipal | Where-Object { $_.AppId -eq $ClientId } | Format-List -Property 'DisplayName', 'AppId', 'ObjectId', 'Sid'
#if mailbox
if ({{> exchange-access}}.Count -eq 0) { Write-Warning {{text exchange.permissionNotSeen}} }
#else
$scope = Test-ServicePrincipalAuthorization -Identity $ObjectId -Resource $Sender | Where-Object { $_.RoleName -eq '{{RBAC_ROLE}}' }
if ("$($scope.InScope)" -ne 'True') { Write-Warning {{text exchange.notInScope}} } else { Write-Host {{text exchange.inScope}} }
#end
Write-Host {{text exchange.settles}}

#say blockNoSecret
Write-Output {{blockOpens}}
Write-Output ({{labelled cloud}} + {{cloudId}})
Write-Output ({{labelled tenantId}} + $connection.TenantID)
Write-Output ({{labelled clientId}} + $ClientId)
Write-Output ({{labelled objectId}} + $ObjectId)
Write-Output ({{labelled sender}} + $Sender)
Write-Output {{blockCloses}}

#template undo-exchange
## Undoes both paths. A second run changes nothing. The permission is removed by Sid, so no one else can lose theirs. It is checked again
## before the service principal is removed, because the Sid is only known from there.
#say undoExchange.title
#include exchange-values
#say undoExchange.smtpAuthSwitch
$SmtpAuthBefore = ''
$RbacName = '{{RBAC_NAME_BEGINS}}' + $ClientId

#include exchange-connect

#include exchange-own
if ($sp) {
  #say undoExchange.permission
  #include exchange-ids
  if ({{> exchange-access}}.Count -gt 0) {
    {{> exchange-remove}}
  } elseif ({{> exchange-unclear}}.Count -gt 0) {
    try { {{> exchange-remove}} } catch { Write-Warning $_.Exception.Message }
  }
  if ({{> exchange-access}}.Count -gt 0) { throw {{text undoExchange.permissionRemains}} }
  $unclear = {{> exchange-unclear}}
  if ($unclear.Count -gt 0) { Write-Warning ({{text undoExchange.unclear}} + ' ' + ($unclear.User -join ', ')) }

  #say undoExchange.rbac
  #include exchange-assigned
  foreach ($each in $assigned) { Remove-ManagementRoleAssignment -Identity $each.Name -Confirm:$false }

  #say undoExchange.principal
  Remove-ServicePrincipal -Identity $sp.ObjectId -Confirm:$false
} else {
  Write-Host {{text undoExchange.noPrincipal}}
}
#say undoExchange.scope
#include exchange-unused-scope
if ($scope -and $others.Count -eq 0) { Remove-ManagementScope -Identity $RbacName -Confirm:$false }

#say undoExchange.smtpAuth
if ($SmtpAuthBefore -eq 'inherit') { Set-CASMailbox -Identity $Sender -SmtpClientAuthenticationDisabled $null }
if ($SmtpAuthBefore -eq 'off') { Set-CASMailbox -Identity $Sender -SmtpClientAuthenticationDisabled $true }

#say verify
$remains = @()
#include exchange-own
if ($sp) { $remains += {{text undoExchange.principalRemains}} }
#include exchange-unused-scope
if ($others.Count -gt 0) { $remains += {{text undoExchange.roleRemains}} }
if ($scope) { $remains += {{text undoExchange.scopeRemains}} }
$now = (Get-CASMailbox -Identity $Sender).SmtpClientAuthenticationDisabled
if (($SmtpAuthBefore -eq 'inherit' -and $null -ne $now) -or ($SmtpAuthBefore -eq 'off' -and $now -ne $true)) { $remains += {{text undoExchange.smtpAuthRemains}} }
foreach ($remain in $remains) { Write-Warning $remain }
if ($remains.Count -gt 0) { throw {{text undoExchange.incomplete}} }
Write-Host {{text undoExchange.done}}

#template exchange-values
#say readFirst
#say exchange.role
#say runPowershell

$ErrorActionPreference = 'Stop'
## The cmdlets of a module do not see that variable if the script is started as `.\file.ps1`, and would continue after an error.
$PSDefaultParameterValues = @{ '*:ErrorAction' = 'Stop' }

#say values
$TenantId = {{value tenantId}}
$ClientId = {{value clientId}}
#say exchange.objectId
$ObjectId = {{value objectId}}
$Sender = {{value sender}}

#template exchange-connect
foreach ($value in $TenantId, $ClientId, $ObjectId, $Sender) { if ($value.Contains('{{GAP_MARK}}')) { throw {{text fillGaps}} } }

#say modules
#include exchange-module

#say exchange.connect
{{connectExchange}}
$connection = Get-ConnectionInformation | Select-Object -Last 1
if ($connection.TenantID -ne $TenantId -and -not (Get-AcceptedDomain | Where-Object { $_.DomainName -eq $TenantId })) { throw {{text wrongTenant}} }

#template exchange-own
## `Get-ServicePrincipal -Identity` may list everything if it finds nothing, so the ids are compared here.
$sp = Get-ServicePrincipal | Where-Object { $_.AppId -eq $ClientId -and $_.ObjectId -eq $ObjectId }

#template exchange-assigned
## The role assignments of this application, even if others have the same name.
$assigned = @(Get-ManagementRoleAssignment -RoleAssignee $ObjectId | Where-Object { $_.Name -eq $RbacName })

#template exchange-full-access
## The full-access entries of the mailbox. That of an application may be unresolved, and Exchange lists those only on request.
Get-MailboxPermission -Identity $Sender -IncludeUnresolvedPermissions | Where-Object { $_.AccessRights -contains 'FullAccess' -and -not $_.Deny }

#template exchange-ids
$ids = @($sp.Sid, $sp.ObjectId) | Where-Object { $_ }

#template exchange-is-own
## This application's entry, found by Sid or Object ID, because a person may have the same display name.
$ids -contains $_.UserSid -or $ids -contains $_.User

#template exchange-access
@({{> exchange-full-access}} | Where-Object { {{> exchange-is-own}} })

#template exchange-unclear
## Entries that are not certainly this application's, and not a person's, which Exchange shows with an address.
@({{> exchange-full-access}} | Where-Object { -not ({{> exchange-is-own}}) -and $_.User -notlike '*@*' -and $_.User -notlike 'NT AUTHORITY\*' })

#template exchange-remove
Remove-MailboxPermission -Identity $Sender -User $sp.Sid -AccessRights FullAccess -Confirm:$false

#template exchange-unused-scope
## The scope of path B, and the role assignments of the same name that still use it.
$scope = Get-ManagementScope | Where-Object { $_.Name -eq $RbacName }
$others = @(Get-ManagementRoleAssignment -Role '{{RBAC_ROLE}}' | Where-Object { $_.Name -eq $RbacName })
