## What an administrator runs so that the console may read or replace credentials.

#template grant-permission
## 00000003-… is Microsoft Graph, in every cloud. Permission ids differ from cloud to cloud, so the role is looked up by its name. To change its own secrets the application must also own
## itself.
#include graph-module
#if owns
{{connectGraph AppRoleAssignment.ReadWrite.All Application.ReadWrite.All}}
#else
{{connectGraph AppRoleAssignment.ReadWrite.All Application.Read.All}}
#end
$sp = Get-MgServicePrincipal -Filter {{appIdFilter}}
$graph = Get-MgServicePrincipal -Filter 'appId eq ''00000003-0000-0000-c000-000000000000'''
$role = $graph.AppRoles | Where-Object { $_.Value -eq '{{permission}}' -and $_.AllowedMemberTypes -contains 'Application' }
New-MgServicePrincipalAppRoleAssignment -ServicePrincipalId $sp.Id -PrincipalId $sp.Id -ResourceId $graph.Id -AppRoleId $role.Id
#if owns
$app = Get-MgApplication -Filter {{appIdFilter}}
New-MgApplicationOwnerByRef -ApplicationId $app.Id -BodyParameter @{ '@odata.id' = {{directoryObjects}} + $sp.Id }
#end

#template object-id
#include graph-module
{{connectGraph Application.Read.All}}
(Get-MgApplication -Filter {{appIdFilter}}).Id
