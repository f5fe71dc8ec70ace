## The set-up in Entra with PowerShell: registers the application, adds its credential, and on path A grants the role with admin consent.

#template entra
#say entra.title
#include entra-values
$Sender = {{value sender}}
#if secret
#say entra.newSecretSwitch
$NewSecret = $false
$SecretMonths = 12
#else
#say entra.certificateFile
$CertificateFile = Join-Path $PSScriptRoot 'postroom.cer'
#end

#include entra-no-gaps

#say modules
foreach ($module in 'Microsoft.Graph.Authentication', 'Microsoft.Graph.Applications') {
  if (-not (Get-Module -ListAvailable -Name $module)) { Install-Module -Name $module -Scope CurrentUser }
  Import-Module -Name $module
}

#say connect
#include entra-connect

#say entra.patience
function Invoke-Patiently([scriptblock]$Action) {
  for ($try = 1; ; $try++) {
    try { return & $Action }
    catch { if ($try -ge 6) { throw }; Start-Sleep -Seconds 5 }
  }
}

#say entra.register
#include entra-apps
if ($ClientId -and $apps.Count -eq 0) { throw {{text entra.noSuchApp}} }
$app = $apps | Select-Object -First 1
if (-not $app) {
  $app = New-MgApplication -DisplayName $AppName -SignInAudience AzureADMyOrg
  Write-Host ({{text entra.madeApp}} + ' ' + $app.AppId)
}
#say entra.guard
$redirects = @($app.Web.RedirectUris) + @($app.Spa.RedirectUris) + @($app.PublicClient.RedirectUris) | Where-Object { $_ }
if ($redirects -or $app.SignInAudience -ne 'AzureADMyOrg') { throw {{text entra.notOurs}} }

#say entra.principal
$principalFilter = "appId eq '$($app.AppId)'"
$sp = Get-MgServicePrincipal -Filter $principalFilter
if (-not $sp) {
  $sp = Invoke-Patiently { New-MgServicePrincipal -AppId $app.AppId }
  Write-Host ({{text entra.madePrincipal}} + ' ' + $sp.Id)
}

#if mailbox
## Requests the role in addition to other permissions, and grants it.
#say entra.permission
#include find-role
if (-not $role) { throw {{text entra.noExchange}} }
#include entra-requested
if (-not ($asked | Where-Object { $_.Id -eq $role.Id })) {
  $wanted = @{ ResourceAppId = $exo.AppId; ResourceAccess = $asked + @(@{ Id = $role.Id; Type = 'Role' }) }
  Update-MgApplication -ApplicationId $app.Id -RequiredResourceAccess ($others + @($wanted))
  Write-Host {{text entra.askedRole}}
}
#say entra.consent
$held = {{> entra-grants}}
if ($held.Count -eq 0) {
  Invoke-Patiently { {{> grant-role}} } | Out-Null
  Write-Host {{text entra.grantedRole}}
}
#else
#say entra.noPermission
#include find-role
#end

#if secret
## Creates a secret unless there is a valid one. The value of an existing secret cannot be read.
#say entra.secret
$live = @($app.PasswordCredentials | Where-Object { $_.DisplayName -eq '{{CREDENTIAL_NAME}}' -and $_.EndDateTime -gt (Get-Date).ToUniversalTime() } | Sort-Object EndDateTime)
$secretValue = $null
if ($live.Count -eq 0 -or $NewSecret) {
  $made = Invoke-Patiently { Add-MgApplicationPassword -ApplicationId $app.Id -PasswordCredential @{ DisplayName = '{{CREDENTIAL_NAME}}'; EndDateTime = (Get-Date).ToUniversalTime().AddMonths($SecretMonths) } }
  $secretValue = $made.SecretText
  $end = $made.EndDateTime
} else {
  $end = $live[-1].EndDateTime
  Write-Host {{text entra.secretKept}}
}
$expires = $end.ToString('yyyy-MM-dd', [Globalization.CultureInfo]::InvariantCulture)
#else
## Uploads the public part of the certificate and keeps existing ones.
#say entra.certificate
if (-not (Test-Path -LiteralPath $CertificateFile)) { throw {{text entra.certificateMissing}} }
$certificate = New-Object System.Security.Cryptography.X509Certificates.X509Certificate2 -ArgumentList (Resolve-Path -LiteralPath $CertificateFile).Path
$keyName = '{{CREDENTIAL_NAME}} ' + $certificate.Thumbprint.Substring(0, 16)
if (-not ($app.KeyCredentials | Where-Object { $_.DisplayName -eq $keyName })) {
  $key = @{ Type = 'AsymmetricX509Cert'; Usage = 'Verify'; Key = $certificate.RawData; DisplayName = $keyName }
  Update-MgApplication -ApplicationId $app.Id -KeyCredentials (@($app.KeyCredentials | Where-Object { $_ }) + @($key))
  Write-Host ({{text entra.madeCertificate}} + ' ' + $certificate.Thumbprint)
}
$expires = $certificate.NotAfter.ToUniversalTime().ToString('yyyy-MM-dd', [Globalization.CultureInfo]::InvariantCulture)
#end

#say verify
$granted = {{> entra-grants}}
#if mailbox
if ($granted.Count -eq 0) { Write-Warning {{text entra.roleMissing}} } else { Write-Host {{text entra.roleThere}} }
#else
if ($granted.Count -gt 0) { Write-Warning {{text entra.roleTooMany}} } else { Write-Host {{text entra.roleRightlyAbsent}} }
#end

#if secret
#say block
#else
#say blockNoSecret
#end
Write-Output {{blockOpens}}
Write-Output ({{labelled cloud}} + {{cloudId}})
Write-Output ({{labelled tenantId}} + $context.TenantId)
Write-Output ({{labelled clientId}} + $app.AppId)
Write-Output ({{labelled objectId}} + $sp.Id)
Write-Output ({{labelled sender}} + $Sender)
#if secret
if ($secretValue) { Write-Output ({{labelled secret}} + $secretValue) }
#end
Write-Output ({{labelled expires}} + $expires)
Write-Output {{blockCloses}}

#template undo-entra
## Undoes the script above. The registration itself is deleted only on request. A second run changes nothing.
#say undoEntra.title
#include entra-values
#say undoEntra.deleteSwitch
$DeleteRegistration = $false

#include entra-no-gaps

foreach ($module in 'Microsoft.Graph.Authentication', 'Microsoft.Graph.Applications') { Import-Module -Name $module }
#include entra-connect

#include entra-apps
$app = $apps | Select-Object -First 1
if (-not $app) {
  Write-Host {{text undoEntra.nothing}}
  return
}

#say undoEntra.consent
#include find-role
$principalFilter = "appId eq '$($app.AppId)'"
$sp = Get-MgServicePrincipal -Filter $principalFilter
if ($sp -and $exo) {
  foreach ($held in {{> entra-grants}}) {
    Remove-MgServicePrincipalAppRoleAssignment -ServicePrincipalId $sp.Id -AppRoleAssignmentId $held.Id
  }
}
#include entra-requested
$rest = @($asked | Where-Object { $_.Id -ne $role.Id })
if ($rest.Count -ne $asked.Count) {
  if ($rest.Count -gt 0) { $others += @{ ResourceAppId = $exo.AppId; ResourceAccess = $rest } }
  Update-MgApplication -ApplicationId $app.Id -RequiredResourceAccess $others
}

#say undoEntra.secrets
foreach ($secret in {{> entra-secrets}}) {
  Remove-MgApplicationPassword -ApplicationId $app.Id -KeyId $secret.KeyId
}
$keys = @($app.KeyCredentials | Where-Object { $_ -and $_.DisplayName -notlike '{{CREDENTIAL_NAME}} *' })
if ($keys.Count -ne @($app.KeyCredentials | Where-Object { $_ }).Count) { Update-MgApplication -ApplicationId $app.Id -KeyCredentials $keys }

#say undoEntra.delete
if ($DeleteRegistration) { Remove-MgApplication -ApplicationId $app.Id }

#say verify
$remains = @()
$idFilter = "appId eq '$($app.AppId)'"
$app = Get-MgApplication -Filter $idFilter
if ($DeleteRegistration) {
  if ($app) { $remains += {{text undoEntra.registrationRemains}} }
} else {
  if ($sp -and $exo -and {{> entra-grants}}.Count -gt 0) { $remains += {{text undoEntra.roleRemains}} }
  #include entra-requested
  if ($asked | Where-Object { $_.Id -eq $role.Id }) { $remains += {{text undoEntra.permissionRemains}} }
  if ({{> entra-secrets}}.Count + @($app.KeyCredentials | Where-Object { $_ -and $_.DisplayName -like '{{CREDENTIAL_NAME}} *' }).Count -gt 0) { $remains += {{text undoEntra.keysRemain}} }
}
foreach ($remain in $remains) { Write-Warning $remain }
if ($remains.Count -gt 0) { throw {{text undoEntra.incomplete}} }
Write-Host {{text undoEntra.done}}

#template entra-values
#say readFirst
#say entra.role
#say runPowershell

$ErrorActionPreference = 'Stop'
## The cmdlets of a module do not see that variable if the script is started as `.\file.ps1`, and would continue after an error.
$PSDefaultParameterValues = @{ '*:ErrorAction' = 'Stop' }

#say values
$TenantId = {{value tenantId}}
#say entra.idWins
$ClientId = {{clientIdOrEmpty}}
$AppName = {{value appName}}

#template entra-no-gaps
if ($TenantId.Contains('{{GAP_MARK}}')) { throw {{text fillGaps}} }

#template entra-connect
{{connectGraph Application.ReadWrite.All AppRoleAssignment.ReadWrite.All}} -TenantId $TenantId -NoWelcome
$context = Get-MgContext
## Only an ID can be compared with the tenant of the sign-in, not a domain, which has a dot.
if (-not $TenantId.Contains('.') -and $context.TenantId -ne $TenantId) { throw {{text wrongTenant}} }

#template entra-apps
## Sets `$apps` to the app registration with the client ID, or without one to those with the name. The filter is built when the script
## runs, because the name at its top may have been edited. OData doubles a quote in a value.
$appFilter = "displayName eq '" + $AppName.Replace("'", "''") + "'"
if ($ClientId) { $appFilter = "appId eq '$ClientId'" }
$apps = @(Get-MgApplication -Filter $appFilter)
if ($apps.Count -gt 1) { throw {{text entra.severalApps}} }

#template entra-grants
## The assignments of the role to this application.
@(Get-MgServicePrincipalAppRoleAssignment -ServicePrincipalId $sp.Id -All | Where-Object { $_.ResourceId -eq $exo.Id -and $_.AppRoleId -eq $role.Id })

#template entra-secrets
## The secrets that the set-up script created.
@($app.PasswordCredentials | Where-Object { $_.DisplayName -eq '{{CREDENTIAL_NAME}}' })

#template entra-requested
## The permissions that the registration requests, from other resources and from Exchange.
$others = @($app.RequiredResourceAccess | Where-Object { $_.ResourceAppId -ne $exo.AppId })
$asked = @($app.RequiredResourceAccess | Where-Object { $_.ResourceAppId -eq $exo.AppId } | ForEach-Object { $_.ResourceAccess })
