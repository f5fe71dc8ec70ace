import { connectGraph, FIND_SEND_AS_APP, GRANT_SEND_AS_APP, powershellString } from '../../diagnosis'
import { CREDENTIAL_NAME } from '../choices'
import { BLOCK_CLOSES, BLOCK_LABELS, BLOCK_OPENS } from './block'
import { GAP_MARK, type ScriptKey, type ScriptWriter } from './script-writer'

const head = (writer: ScriptWriter, title: ScriptKey): string[] => [
  ...writer.comment(title),
  ...writer.comment('readFirst'),
  ...writer.comment('entra.role'),
  ...writer.comment('runPowershell'),
  '',
  "$ErrorActionPreference = 'Stop'",
  '',
  ...writer.comment('values'),
  `$TenantId = ${writer.value('tenantId')}`,
  ...writer.comment('entra.idWins'),
  `$ClientId = ${writer.input.values.clientId === null ? "''" : writer.value('clientId')}`,
  `$AppName = ${writer.value('appName')}`,
]

const noGaps = (writer: ScriptWriter): string[] => [
  `if ($TenantId.Contains('${GAP_MARK}')) { throw ${writer.text('fillGaps')} }`,
]

const connect = (writer: ScriptWriter): string[] => [
  `${connectGraph(writer.input.values.cloud, 'Application.ReadWrite.All', 'AppRoleAssignment.ReadWrite.All')} -TenantId $TenantId -NoWelcome`,
  '$context = Get-MgContext',
  // Only an ID can be compared with the tenant of the sign-in, not a domain, which has a dot.
  `if (-not $TenantId.Contains('.') -and $context.TenantId -ne $TenantId) { throw ${writer.text('wrongTenant')} }`,
]

/** Registers the application, adds its credential, and on path A grants the role with admin consent. */
export function entraPowershell(writer: ScriptWriter): string[] {
  const { input } = writer
  const { path, credential } = input
  return [
    ...head(writer, 'entra.title'),
    `$Sender = ${writer.value('sender')}`,
    ...(credential === 'secret'
      ? [...writer.comment('entra.newSecretSwitch'), '$NewSecret = $false', '$SecretMonths = 12']
      : [...writer.comment('entra.certificateFile'), "$CertificateFile = Join-Path $PSScriptRoot 'postroom.cer'"]),
    '',
    ...noGaps(writer),
    '',
    ...writer.comment('modules'),
    "foreach ($module in 'Microsoft.Graph.Authentication', 'Microsoft.Graph.Applications') {",
    '  if (-not (Get-Module -ListAvailable -Name $module)) { Install-Module -Name $module -Scope CurrentUser }',
    '  Import-Module -Name $module',
    '}',
    '',
    ...writer.comment('connect'),
    ...connect(writer),
    '',
    ...writer.comment('entra.patience'),
    'function Invoke-Patiently([scriptblock]$Action) {',
    '  for ($try = 1; ; $try++) {',
    '    try { return & $Action }',
    '    catch { if ($try -ge 6) { throw }; Start-Sleep -Seconds 5 }',
    '  }',
    '}',
    '',
    ...writer.comment('entra.register'),
    ...findApp(writer, [`if ($ClientId -and $apps.Count -eq 0) { throw ${writer.text('entra.noSuchApp')} }`]),
    'if (-not $app) {',
    '  $app = New-MgApplication -DisplayName $AppName -SignInAudience AzureADMyOrg',
    `  Write-Host (${writer.text('entra.madeApp')} + ' ' + $app.AppId)`,
    '}',
    ...writer.comment('entra.guard'),
    '$redirects = @($app.Web.RedirectUris) + @($app.Spa.RedirectUris) + @($app.PublicClient.RedirectUris) | Where-Object { $_ }',
    `if ($redirects -or $app.SignInAudience -ne 'AzureADMyOrg') { throw ${writer.text('entra.notOurs')} }`,
    '',
    ...writer.comment('entra.principal'),
    '$principalFilter = "appId eq \'$($app.AppId)\'"',
    '$sp = Get-MgServicePrincipal -Filter $principalFilter',
    'if (-not $sp) {',
    '  $sp = Invoke-Patiently { New-MgServicePrincipal -AppId $app.AppId }',
    `  Write-Host (${writer.text('entra.madePrincipal')} + ' ' + $sp.Id)`,
    '}',
    '',
    ...(path === 'mailbox' ? permission(writer) : noPermission(writer)),
    '',
    ...(credential === 'secret' ? secret(writer) : certificate(writer)),
    '',
    ...writer.comment('verify'),
    `$granted = ${GRANTS}`,
    path === 'mailbox'
      ? `if ($granted.Count -eq 0) { Write-Warning ${writer.text('entra.roleMissing')} } else { Write-Host ${writer.text('entra.roleThere')} }`
      : `if ($granted.Count -gt 0) { Write-Warning ${writer.text('entra.roleTooMany')} } else { Write-Host ${writer.text('entra.roleRightlyAbsent')} }`,
    '',
    ...writer.comment(credential === 'secret' ? 'block' : 'blockNoSecret'),
    `Write-Output ${powershellString(BLOCK_OPENS)}`,
    ...line('cloud', powershellString(writer.input.values.cloud.id)),
    ...line('tenantId', '$context.TenantId'),
    ...line('clientId', '$app.AppId'),
    ...line('objectId', '$sp.Id'),
    ...line('sender', '$Sender'),
    ...(credential === 'secret' ? [`if ($secretValue) { Write-Output (${label('secret')} + $secretValue) }`] : []),
    ...line('expires', '$expires'),
    `Write-Output ${powershellString(BLOCK_CLOSES)}`,
  ]
}

/** The assignments of the role to this application. */
const GRANTS =
  '@(Get-MgServicePrincipalAppRoleAssignment -ServicePrincipalId $sp.Id -All | Where-Object { $_.ResourceId -eq $exo.Id -and $_.AppRoleId -eq $role.Id })'
/** The secrets that the set-up script created. */
const OWN_SECRETS = `@($app.PasswordCredentials | Where-Object { $_.DisplayName -eq '${CREDENTIAL_NAME}' })`

/** The permissions that the registration requests, from other resources and from Exchange. */
const REQUESTED_ACCESS = [
  '$others = @($app.RequiredResourceAccess | Where-Object { $_.ResourceAppId -ne $exo.AppId })',
  '$asked = @($app.RequiredResourceAccess | Where-Object { $_.ResourceAppId -eq $exo.AppId } | ForEach-Object { $_.ResourceAccess })',
]

const label = (name: keyof typeof BLOCK_LABELS): string => powershellString(`${BLOCK_LABELS[name]}: `)
const line = (name: keyof typeof BLOCK_LABELS, expression: string): string[] => [
  `Write-Output (${label(name)} + ${expression})`,
]

/** Requests the role in addition to other permissions, and grants it. The grant is the admin consent. */
function permission(writer: ScriptWriter): string[] {
  return [
    ...writer.comment('entra.permission'),
    ...FIND_SEND_AS_APP,
    `if (-not $role) { throw ${writer.text('entra.noExchange')} }`,
    ...REQUESTED_ACCESS,
    'if (-not ($asked | Where-Object { $_.Id -eq $role.Id })) {',
    "  $wanted = @{ ResourceAppId = $exo.AppId; ResourceAccess = $asked + @(@{ Id = $role.Id; Type = 'Role' }) }",
    '  Update-MgApplication -ApplicationId $app.Id -RequiredResourceAccess ($others + @($wanted))',
    `  Write-Host ${writer.text('entra.askedRole')}`,
    '}',
    ...writer.comment('entra.consent'),
    `$held = ${GRANTS}`,
    'if ($held.Count -eq 0) {',
    `  Invoke-Patiently { ${GRANT_SEND_AS_APP} } | Out-Null`,
    `  Write-Host ${writer.text('entra.grantedRole')}`,
    '}',
  ]
}

const noPermission = (writer: ScriptWriter): string[] => [...writer.comment('entra.noPermission'), ...FIND_SEND_AS_APP]

/** Creates a secret unless there is a valid one. The value of an existing secret cannot be read. */
function secret(writer: ScriptWriter): string[] {
  return [
    ...writer.comment('entra.secret'),
    `$live = @($app.PasswordCredentials | Where-Object { $_.DisplayName -eq '${CREDENTIAL_NAME}' -and $_.EndDateTime -gt (Get-Date).ToUniversalTime() } | Sort-Object EndDateTime)`,
    '$secretValue = $null',
    'if ($live.Count -eq 0 -or $NewSecret) {',
    `  $made = Invoke-Patiently { Add-MgApplicationPassword -ApplicationId $app.Id -PasswordCredential @{ DisplayName = '${CREDENTIAL_NAME}'; EndDateTime = (Get-Date).ToUniversalTime().AddMonths($SecretMonths) } }`,
    '  $secretValue = $made.SecretText',
    '  $end = $made.EndDateTime',
    '} else {',
    '  $end = $live[-1].EndDateTime',
    `  Write-Host ${writer.text('entra.secretKept')}`,
    '}',
    "$expires = $end.ToString('yyyy-MM-dd', [Globalization.CultureInfo]::InvariantCulture)",
  ]
}

/** Uploads the public part of the certificate and keeps existing ones. */
function certificate(writer: ScriptWriter): string[] {
  return [
    ...writer.comment('entra.certificate'),
    `if (-not (Test-Path -LiteralPath $CertificateFile)) { throw ${writer.text('entra.certificateMissing')} }`,
    '$certificate = New-Object System.Security.Cryptography.X509Certificates.X509Certificate2 -ArgumentList (Resolve-Path -LiteralPath $CertificateFile).Path',
    `$keyName = '${CREDENTIAL_NAME} ' + $certificate.Thumbprint.Substring(0, 16)`,
    'if (-not ($app.KeyCredentials | Where-Object { $_.DisplayName -eq $keyName })) {',
    "  $key = @{ Type = 'AsymmetricX509Cert'; Usage = 'Verify'; Key = $certificate.RawData; DisplayName = $keyName }",
    '  Update-MgApplication -ApplicationId $app.Id -KeyCredentials (@($app.KeyCredentials | Where-Object { $_ }) + @($key))',
    `  Write-Host (${writer.text('entra.madeCertificate')} + ' ' + $certificate.Thumbprint)`,
    '}',
    "$expires = $certificate.NotAfter.ToUniversalTime().ToString('yyyy-MM-dd', [Globalization.CultureInfo]::InvariantCulture)",
  ]
}

/** Undoes the script above. The registration itself is deleted only on request. A second run changes nothing. */
export function undoEntraPowershell(writer: ScriptWriter): string[] {
  return [
    ...head(writer, 'undoEntra.title'),
    ...writer.comment('undoEntra.deleteSwitch'),
    '$DeleteRegistration = $false',
    '',
    ...noGaps(writer),
    '',
    "foreach ($module in 'Microsoft.Graph.Authentication', 'Microsoft.Graph.Applications') { Import-Module -Name $module }",
    ...connect(writer),
    '',
    ...findApp(writer),
    'if (-not $app) {',
    `  Write-Host ${writer.text('undoEntra.nothing')}`,
    '  return',
    '}',
    '',
    ...writer.comment('undoEntra.consent'),
    ...FIND_SEND_AS_APP,
    '$principalFilter = "appId eq \'$($app.AppId)\'"',
    '$sp = Get-MgServicePrincipal -Filter $principalFilter',
    'if ($sp -and $exo) {',
    `  foreach ($held in ${GRANTS}) {`,
    '    Remove-MgServicePrincipalAppRoleAssignment -ServicePrincipalId $sp.Id -AppRoleAssignmentId $held.Id',
    '  }',
    '}',
    ...REQUESTED_ACCESS,
    '$rest = @($asked | Where-Object { $_.Id -ne $role.Id })',
    'if ($rest.Count -ne $asked.Count) {',
    '  if ($rest.Count -gt 0) { $others += @{ ResourceAppId = $exo.AppId; ResourceAccess = $rest } }',
    '  Update-MgApplication -ApplicationId $app.Id -RequiredResourceAccess $others',
    '}',
    '',
    ...writer.comment('undoEntra.secrets'),
    `foreach ($secret in ${OWN_SECRETS}) {`,
    '  Remove-MgApplicationPassword -ApplicationId $app.Id -KeyId $secret.KeyId',
    '}',
    `$keys = @($app.KeyCredentials | Where-Object { $_ -and $_.DisplayName -notlike '${CREDENTIAL_NAME} *' })`,
    'if ($keys.Count -ne @($app.KeyCredentials | Where-Object { $_ }).Count) { Update-MgApplication -ApplicationId $app.Id -KeyCredentials $keys }',
    '',
    ...writer.comment('undoEntra.delete'),
    'if ($DeleteRegistration) { Remove-MgApplication -ApplicationId $app.Id }',
    '',
    ...writer.comment('verify'),
    '$remains = @()',
    '$idFilter = "appId eq \'$($app.AppId)\'"',
    '$app = Get-MgApplication -Filter $idFilter',
    'if ($DeleteRegistration) {',
    `  if ($app) { $remains += ${writer.text('undoEntra.registrationRemains')} }`,
    '} else {',
    `  if ($sp -and $exo -and ${GRANTS}.Count -gt 0) { $remains += ${writer.text('undoEntra.roleRemains')} }`,
    ...REQUESTED_ACCESS.map((line) => `  ${line}`),
    `  if ($asked | Where-Object { $_.Id -eq $role.Id }) { $remains += ${writer.text('undoEntra.permissionRemains')} }`,
    `  if (${OWN_SECRETS}.Count + @($app.KeyCredentials | Where-Object { $_ -and $_.DisplayName -like '${CREDENTIAL_NAME} *' }).Count -gt 0) { $remains += ${writer.text('undoEntra.keysRemain')} }`,
    '}',
    'foreach ($remain in $remains) { Write-Warning $remain }',
    `if ($remains.Count -gt 0) { throw ${writer.text('undoEntra.incomplete')} }`,
    `Write-Host ${writer.text('undoEntra.done')}`,
  ]
}

/** Sets `$app` to the app registration with the client ID, or without one to the only registration with the name. */
function findApp(writer: ScriptWriter, whenMissing: readonly string[] = []): string[] {
  return [
    // The filter is built when the script runs, because the name at its top may have been edited. OData doubles a quote in a value.
    `$appFilter = "displayName eq '" + $AppName.Replace("'", "''") + "'"`,
    'if ($ClientId) { $appFilter = "appId eq \'$ClientId\'" }',
    '$apps = @(Get-MgApplication -Filter $appFilter)',
    `if ($apps.Count -gt 1) { throw ${writer.text('entra.severalApps')} }`,
    ...whenMissing,
    '$app = $apps | Select-Object -First 1',
  ]
}
