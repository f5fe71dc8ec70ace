## The commands for one step of the set-up in Exchange, how each is checked, and how it is undone. If a command asks, a pasted line after it
## counts as the answer, so only the last one may ask.

#template prepare
## These are run first, in the same window.
Set-ExecutionPolicy -ExecutionPolicy Bypass -Scope Process -Force
#include exchange-module
{{connectExchange}}
#say checkTenant
Get-ConnectionInformation | Format-List UserPrincipalName,TenantID

#template register
#say register
#if appName
New-ServicePrincipal -AppId {{arg clientId}} -ObjectId {{arg objectId}} -DisplayName {{arg appName}}
#else
New-ServicePrincipal -AppId {{arg clientId}} -ObjectId {{arg objectId}} -DisplayName 'Postroom'
#end

#template register-check
#say checkIds
Get-ServicePrincipal | Where-Object { $_.AppId -eq {{arg clientId}} } | Format-List DisplayName,AppId,ObjectId,Sid
#say removeWrong
# Get-ServicePrincipal | Where-Object { $_.AppId -eq {{arg clientId}} -and $_.ObjectId -ne {{arg objectId}} } | ForEach-Object { Remove-ServicePrincipal -Identity $_.ObjectId }

#template register-undo
#include own-principal
Remove-ServicePrincipal -Identity $sp.ObjectId

#template mailbox
#include own-principal
Add-MailboxPermission -Identity {{arg mailbox}} -User $sp.Sid -AccessRights FullAccess

#template mailbox-check
Get-MailboxPermission -Identity {{arg mailbox}} | Format-List User,AccessRights,Deny

#template mailbox-undo
#include own-principal
Remove-MailboxPermission -Identity {{arg mailbox}} -User $sp.Sid -AccessRights FullAccess

#template scope
New-ManagementScope -Name {{rbacName}} -RecipientRestrictionFilter {{mailboxFilter}}
New-ManagementRoleAssignment -Name {{rbacName}} -Role '{{RBAC_ROLE}}' -App {{arg objectId}} -CustomResourceScope {{rbacName}}

#template scope-check
Test-ServicePrincipalAuthorization -Identity {{arg objectId}} -Resource {{arg mailbox}} | Format-Table

#template scope-undo
Get-ManagementRoleAssignment -RoleAssignee {{arg objectId}} | Where-Object { $_.Name -eq {{rbacName}} } | Remove-ManagementRoleAssignment -Confirm:$false
Remove-ManagementScope -Identity {{rbacName}}

#template smtp-auth
Set-CASMailbox -Identity {{arg mailbox}} -SmtpClientAuthenticationDisabled $false

#template smtp-auth-check
Get-CASMailbox -Identity {{arg mailbox}} | Format-List SmtpClientAuthenticationDisabled

#template smtp-auth-undo
Set-CASMailbox -Identity {{arg mailbox}} -SmtpClientAuthenticationDisabled $null
