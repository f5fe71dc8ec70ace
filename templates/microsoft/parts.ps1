## Parts that several templates include.

#template exchange-module
## Without -Force the gallery's question would be answered by the line that is pasted next.
if (-not (Get-Module -ListAvailable -Name ExchangeOnlineManagement)) { Install-Module -Name ExchangeOnlineManagement -Scope CurrentUser -Force }
Import-Module -Name ExchangeOnlineManagement

#template graph-module
## All that fixes and grants need; the module for signing in comes with it.
if (-not (Get-Module -ListAvailable -Name Microsoft.Graph.Applications)) { Install-Module -Name Microsoft.Graph.Applications -Scope CurrentUser -Force }

#template application
$app = Get-MgApplication -Filter {{appIdFilter}}

#template service-principal
$sp = Get-MgServicePrincipal -Filter {{appIdFilter}}

#template exchange-principal
$exo = Get-MgServicePrincipal -Filter 'appId eq ''{{EXCHANGE_APP_ID}}'''

#template find-role
## By its value, because role ids differ between clouds.
#include exchange-principal
$role = $exo.AppRoles | Where-Object { $_.Value -eq '{{SEND_AS_APP}}' -and $_.AllowedMemberTypes -contains 'Application' }

#template grant-role
## This assignment is the admin consent. It needs `$sp`, `$exo` and `$role`.
New-MgServicePrincipalAppRoleAssignment -ServicePrincipalId $sp.Id -PrincipalId $sp.Id -ResourceId $exo.Id -AppRoleId $role.Id

#template own-principal
## `Get-ServicePrincipal -Identity` may list everything if it finds nothing, so the ids are compared here.
#if objectId
$sp = Get-ServicePrincipal | Where-Object { $_.AppId -eq {{arg clientId}} -and $_.ObjectId -eq {{arg objectId}} }
#else
$sp = Get-ServicePrincipal | Where-Object { $_.AppId -eq {{arg clientId}} }
#end

#template allow-sending
## All that lets the application send as a mailbox.
#say grantMailbox
#include mailbox
#say allowSmtpAuth
#include smtp-auth
#say check
#include mailbox-check

#template permission-send-as
## What a sender needs, if the mailbox of the server logs in for it.
{{connectExchange}}
#say sendAsMailbox
Add-RecipientPermission -Identity {{arg sender}} -Trustee {{arg mailbox}} -AccessRights SendAs -Confirm:$false
## With a password login there is no application that needs a permission.
#if application
#say sendAsApplication
#include own-principal
Add-RecipientPermission -Identity {{arg sender}} -Trustee $sp.Sid -AccessRights SendAs -Confirm:$false
#end
#say check
Get-RecipientPermission -Identity {{arg sender}} -AccessRights SendAs | Format-List Trustee,AccessRights

#template permission-login
## What a sender needs, if its own mailbox logs in.
{{connectExchange}}
#include allow-sending
