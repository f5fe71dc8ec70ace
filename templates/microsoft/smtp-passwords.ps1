## Changes nothing. It writes one line for each mailbox that may sign in with a password by SMTP, including those that inherit the tenant's
## setting, and how often each did so as far as Entra's sign-in log goes back.

#template smtp-passwords
#say title
#say reads
#say role
#say run

$ErrorActionPreference = 'Stop'
## The cmdlets of a module do not see that variable if the script is started as `.\file.ps1`, and would continue after an error.
$PSDefaultParameterValues = @{ '*:ErrorAction' = 'Stop' }
#include exchange-module
{{connectExchange}}

#say tenant
$tenantDisabled = [bool](Get-TransportConfig).SmtpClientAuthenticationDisabled
#say mailboxes
$mailboxes = @(Get-CASMailbox -ResultSize Unlimited)

#say signIns
$uses = @{}
$counted = [bool](Get-Module -ListAvailable -Name Microsoft.Graph.Reports)
if ($counted) {
  ## In a separate process, because the two modules do not work in one (github.com/microsoftgraph/msgraph-sdk-powershell/issues/3394). Its
  ## last line says that nothing is missing: a sender without a use that was only not read would seem to have moved.
  #say process
  $signIns = @()
  try {
    $signIns = @(& (Get-Process -Id $PID).Path -NoProfile -Command {
      $ErrorActionPreference = 'Stop'
      {{connectGraph AuditLog.Read.All}} -NoWelcome
      Get-MgAuditLogSignIn -All -Filter "clientAppUsed eq 'Authenticated SMTP' and status/errorCode eq 0" | Select-Object -Property 'UserPrincipalName', 'CreatedDateTime'
      'complete'
    })
  } catch {
    Write-Warning $_.Exception.Message
  }
  $counted = $signIns.Count -gt 0 -and $signIns[-1] -eq 'complete'
  if (-not $counted) { Write-Warning {{text noSignIns}} }
  $signIns | Where-Object { $counted -and $_.UserPrincipalName } | ForEach-Object {
    $key = $_.UserPrincipalName.ToLowerInvariant()
    if (-not $uses.ContainsKey($key)) { $uses[$key] = [pscustomobject]@{ Count = 0; First = $_.CreatedDateTime; Last = $_.CreatedDateTime } }
    $use = $uses[$key]
    $use.Count++
    if ($_.CreatedDateTime -lt $use.First) { $use.First = $_.CreatedDateTime }
    if ($_.CreatedDateTime -gt $use.Last) { $use.Last = $_.CreatedDateTime }
  }
} else {
  Write-Warning {{text noGraph}}
}

function Get-Row($mailbox, $setting, $use) {
  [pscustomobject]@{
    Mailbox = $mailbox
    Setting = $setting
    Messages = if ($use) { $use.Count } elseif ($counted) { 0 } else { '' }
    FirstUse = if ($use) { $use.First.ToUniversalTime().ToString('yyyy-MM-dd') } else { '' }
    LastUse = if ($use) { $use.Last.ToUniversalTime().ToString('yyyy-MM-dd') } else { '' }
  }
}

$rows = @(
  foreach ($mailbox in $mailboxes) {
    $disabled = $mailbox.SmtpClientAuthenticationDisabled
    $setting = if ($null -eq $disabled) { 'inherits' } elseif ($disabled) { 'disabled' } else { 'enabled' }
    $use = $null
    if ($mailbox.PrimarySmtpAddress) {
      $key = $mailbox.PrimarySmtpAddress.ToLowerInvariant()
      $use = $uses[$key]
      $uses.Remove($key)
    }
    $allowed = $setting -eq 'enabled' -or ($setting -eq 'inherits' -and -not $tenantDisabled)
    if ($allowed -or $use) { Get-Row $mailbox.PrimarySmtpAddress $setting $use }
  }
  #say names
  foreach ($name in $uses.Keys) { Get-Row $name '' $uses[$name] }
)
$rows | Export-Csv -Path '{{OUTPUT_FILE}}' -NoTypeInformation -Encoding UTF8

$inheriting = @($rows | Where-Object { $_.Setting -eq 'inherits' }).Count
Write-Output ({{text done}} -f $rows.Count, $inheriting)

#template smtp-auth-tenant
## Pasted lines continue after an error: a window that is connected to another tenant must not change that one if signing in fails.
Disconnect-ExchangeOnline -Confirm:$false
{{connectExchange}}
#if mailboxes
#say keepOn
{{mailboxes}} | ForEach-Object { Set-CASMailbox -Identity $_ -SmtpClientAuthenticationDisabled $false }
## Pasted lines continue after an error, and without its mailboxes this server could not send.
#say tenantOff
if ({{mailboxes}} | Where-Object { (Get-CASMailbox -Identity $_).SmtpClientAuthenticationDisabled -ne $false }) { Write-Warning {{text notKept}} } else { Set-TransportConfig -SmtpClientAuthenticationDisabled $true }
#else
#say tenantOff
Set-TransportConfig -SmtpClientAuthenticationDisabled $true
#end

#template smtp-auth-off
{{connectExchange}}
Set-CASMailbox -Identity {{mailbox}} -SmtpClientAuthenticationDisabled $true

## The setting of the mailbox takes precedence over that of the tenant.
#template smtp-auth-on
{{connectExchange}}
Set-CASMailbox -Identity {{mailbox}} -SmtpClientAuthenticationDisabled $false
