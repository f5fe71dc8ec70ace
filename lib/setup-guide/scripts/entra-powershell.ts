import { connectGraph, FIND_SEND_AS_APP, GRANT_SEND_AS_APP, powershellString } from '../../diagnosis'
import { CREDENTIAL_NAME } from '../choices'
import { BLOCK_CLOSES, BLOCK_LABELS, BLOCK_OPENS } from './block'
import { findApp } from './powershell-parts'
import { GAP_MARK, type Pen, type ScriptKey } from './script-writer'

const head = (pen: Pen, title: ScriptKey): string[] => [
  ...pen.say(title),
  ...pen.say('readFirst'),
  ...pen.say('entra.role'),
  ...pen.say('runPowershell'),
  '',
  "$ErrorActionPreference = 'Stop'",
  '',
  ...pen.say('values'),
  `$TenantId = ${pen.value('tenantId')}`,
  ...pen.say('entra.idWins'),
  `$ClientId = ${pen.input.values.clientId === null ? "''" : pen.value('clientId')}`,
  `$AppName = ${pen.value('appName')}`,
]

const noGaps = (pen: Pen): string[] => [`if ($TenantId.Contains('${GAP_MARK}')) { throw ${pen.text('fillGaps')} }`]

const connect = (pen: Pen): string[] => [
  `${connectGraph(pen.input.values.cloud, 'Application.ReadWrite.All', 'AppRoleAssignment.ReadWrite.All')} -TenantId $TenantId -NoWelcome`,
  '$context = Get-MgContext',
  // Only an ID can be compared with the tenant of the sign-in; a domain has a dot.
  `if (-not $TenantId.Contains('.') -and $context.TenantId -ne $TenantId) { throw ${pen.text('wrongTenant')} }`,
]

/** Registers the application, gives it what it proves itself by, and on path A the role with its consent. */
export function entraPowershell(pen: Pen): string[] {
  const { input } = pen
  const { path, proof } = input
  return [
    ...head(pen, 'entra.title'),
    `$Sender = ${pen.value('sender')}`,
    ...(proof === 'secret'
      ? [...pen.say('entra.newSecretSwitch'), '$NewSecret = $false', '$SecretMonths = 12']
      : [...pen.say('entra.certificateFile'), "$CertificateFile = Join-Path $PSScriptRoot 'postroom.cer'"]),
    '',
    ...noGaps(pen),
    '',
    ...pen.say('modules'),
    "foreach ($module in 'Microsoft.Graph.Authentication', 'Microsoft.Graph.Applications') {",
    '  if (-not (Get-Module -ListAvailable -Name $module)) { Install-Module -Name $module -Scope CurrentUser }',
    '  Import-Module -Name $module',
    '}',
    '',
    ...pen.say('connect'),
    ...connect(pen),
    '',
    ...pen.say('entra.patience'),
    'function Invoke-Patiently([scriptblock]$Action) {',
    '  for ($try = 1; ; $try++) {',
    '    try { return & $Action }',
    '    catch { if ($try -ge 6) { throw }; Start-Sleep -Seconds 5 }',
    '  }',
    '}',
    '',
    ...pen.say('entra.register'),
    ...findApp(pen, [`if ($ClientId -and $apps.Count -eq 0) { throw ${pen.text('entra.noSuchApp')} }`]),
    'if (-not $app) {',
    '  $app = New-MgApplication -DisplayName $AppName -SignInAudience AzureADMyOrg',
    `  Write-Host (${pen.text('entra.madeApp')} + ' ' + $app.AppId)`,
    '}',
    ...pen.say('entra.guard'),
    '$redirects = @($app.Web.RedirectUris) + @($app.Spa.RedirectUris) + @($app.PublicClient.RedirectUris) | Where-Object { $_ }',
    `if ($redirects -or $app.SignInAudience -ne 'AzureADMyOrg') { throw ${pen.text('entra.notOurs')} }`,
    '',
    ...pen.say('entra.principal'),
    '$principalFilter = "appId eq \'$($app.AppId)\'"',
    '$sp = Get-MgServicePrincipal -Filter $principalFilter',
    'if (-not $sp) {',
    '  $sp = Invoke-Patiently { New-MgServicePrincipal -AppId $app.AppId }',
    `  Write-Host (${pen.text('entra.madePrincipal')} + ' ' + $sp.Id)`,
    '}',
    '',
    ...(path === 'mailbox' ? permission(pen) : noPermission(pen)),
    '',
    ...(proof === 'secret' ? secret(pen) : certificate(pen)),
    '',
    ...pen.say('verify'),
    `$granted = ${HELD}`,
    path === 'mailbox'
      ? `if ($granted.Count -eq 0) { Write-Warning ${pen.text('entra.roleMissing')} } else { Write-Host ${pen.text('entra.roleThere')} }`
      : `if ($granted.Count -gt 0) { Write-Warning ${pen.text('entra.roleTooMany')} } else { Write-Host ${pen.text('entra.roleRightlyAbsent')} }`,
    '',
    ...pen.say(proof === 'secret' ? 'block' : 'blockNoSecret'),
    `Write-Output ${powershellString(BLOCK_OPENS)}`,
    ...line('cloud', powershellString(pen.input.values.cloud.id)),
    ...line('tenantId', '$context.TenantId'),
    ...line('clientId', '$app.AppId'),
    ...line('objectId', '$sp.Id'),
    ...line('sender', '$Sender'),
    ...(proof === 'secret' ? [`if ($secretValue) { Write-Output (${label('secret')} + $secretValue) }`] : []),
    ...line('expires', '$expires'),
    `Write-Output ${powershellString(BLOCK_CLOSES)}`,
  ]
}

/** The grants of the role to this application. */
const HELD =
  '@(Get-MgServicePrincipalAppRoleAssignment -ServicePrincipalId $sp.Id -All | Where-Object { $_.ResourceId -eq $exo.Id -and $_.AppRoleId -eq $role.Id })'
/** The secrets that the set-up script created. */
const OWN_SECRETS = `@($app.PasswordCredentials | Where-Object { $_.DisplayName -eq '${CREDENTIAL_NAME}' })`

/** What the registration asks for: of other resources, and of Exchange. */
const ASKED = [
  '$others = @($app.RequiredResourceAccess | Where-Object { $_.ResourceAppId -ne $exo.AppId })',
  '$asked = @($app.RequiredResourceAccess | Where-Object { $_.ResourceAppId -eq $exo.AppId } | ForEach-Object { $_.ResourceAccess })',
]

const label = (name: keyof typeof BLOCK_LABELS): string => powershellString(`${BLOCK_LABELS[name]}: `)
const line = (name: keyof typeof BLOCK_LABELS, expression: string): string[] => [
  `Write-Output (${label(name)} + ${expression})`,
]

/** Asks for the role beside what the registration asks for already, and grants it: the grant is the admin consent. */
function permission(pen: Pen): string[] {
  return [
    ...pen.say('entra.permission'),
    ...FIND_SEND_AS_APP,
    `if (-not $role) { throw ${pen.text('entra.noExchange')} }`,
    ...ASKED,
    'if (-not ($asked | Where-Object { $_.Id -eq $role.Id })) {',
    "  $wanted = @{ ResourceAppId = $exo.AppId; ResourceAccess = $asked + @(@{ Id = $role.Id; Type = 'Role' }) }",
    '  Update-MgApplication -ApplicationId $app.Id -RequiredResourceAccess ($others + @($wanted))',
    `  Write-Host ${pen.text('entra.askedRole')}`,
    '}',
    ...pen.say('entra.consent'),
    `$held = ${HELD}`,
    'if ($held.Count -eq 0) {',
    `  Invoke-Patiently { ${GRANT_SEND_AS_APP} } | Out-Null`,
    `  Write-Host ${pen.text('entra.grantedRole')}`,
    '}',
  ]
}

const noPermission = (pen: Pen): string[] => [...pen.say('entra.noPermission'), ...FIND_SEND_AS_APP]

/** A secret that is there and still good stays; its value cannot be read again, and a second one is not made unasked. */
function secret(pen: Pen): string[] {
  return [
    ...pen.say('entra.secret'),
    `$live = @($app.PasswordCredentials | Where-Object { $_.DisplayName -eq '${CREDENTIAL_NAME}' -and $_.EndDateTime -gt (Get-Date).ToUniversalTime() } | Sort-Object EndDateTime)`,
    '$secretValue = $null',
    'if ($live.Count -eq 0 -or $NewSecret) {',
    `  $made = Invoke-Patiently { Add-MgApplicationPassword -ApplicationId $app.Id -PasswordCredential @{ DisplayName = '${CREDENTIAL_NAME}'; EndDateTime = (Get-Date).ToUniversalTime().AddMonths($SecretMonths) } }`,
    '  $secretValue = $made.SecretText',
    '  $end = $made.EndDateTime',
    '} else {',
    '  $end = $live[-1].EndDateTime',
    `  Write-Host ${pen.text('entra.secretKept')}`,
    '}',
    "$expires = $end.ToString('yyyy-MM-dd', [Globalization.CultureInfo]::InvariantCulture)",
  ]
}

/** Only the public half is uploaded. What is there stays beside it. */
function certificate(pen: Pen): string[] {
  return [
    ...pen.say('entra.certificate'),
    `if (-not (Test-Path -LiteralPath $CertificateFile)) { throw ${pen.text('entra.certificateMissing')} }`,
    '$certificate = New-Object System.Security.Cryptography.X509Certificates.X509Certificate2 -ArgumentList (Resolve-Path -LiteralPath $CertificateFile).Path',
    `$keyName = '${CREDENTIAL_NAME} ' + $certificate.Thumbprint.Substring(0, 16)`,
    'if (-not ($app.KeyCredentials | Where-Object { $_.DisplayName -eq $keyName })) {',
    "  $key = @{ Type = 'AsymmetricX509Cert'; Usage = 'Verify'; Key = $certificate.RawData; DisplayName = $keyName }",
    '  Update-MgApplication -ApplicationId $app.Id -KeyCredentials (@($app.KeyCredentials | Where-Object { $_ }) + @($key))',
    `  Write-Host (${pen.text('entra.madeCertificate')} + ' ' + $certificate.Thumbprint)`,
    '}',
    "$expires = $certificate.NotAfter.ToUniversalTime().ToString('yyyy-MM-dd', [Globalization.CultureInfo]::InvariantCulture)",
  ]
}

/** Undoes what the script above did; the registration itself is deleted only on request. A second run changes nothing. */
export function undoEntraPowershell(pen: Pen): string[] {
  return [
    ...head(pen, 'undoEntra.title'),
    ...pen.say('undoEntra.deleteSwitch'),
    '$DeleteRegistration = $false',
    '',
    ...noGaps(pen),
    '',
    "foreach ($module in 'Microsoft.Graph.Authentication', 'Microsoft.Graph.Applications') { Import-Module -Name $module }",
    ...connect(pen),
    '',
    ...findApp(pen),
    'if (-not $app) {',
    `  Write-Host ${pen.text('undoEntra.nothing')}`,
    '  return',
    '}',
    '',
    ...pen.say('undoEntra.consent'),
    ...FIND_SEND_AS_APP,
    '$principalFilter = "appId eq \'$($app.AppId)\'"',
    '$sp = Get-MgServicePrincipal -Filter $principalFilter',
    'if ($sp -and $exo) {',
    `  foreach ($held in ${HELD}) {`,
    '    Remove-MgServicePrincipalAppRoleAssignment -ServicePrincipalId $sp.Id -AppRoleAssignmentId $held.Id',
    '  }',
    '}',
    ...ASKED,
    '$rest = @($asked | Where-Object { $_.Id -ne $role.Id })',
    'if ($rest.Count -ne $asked.Count) {',
    '  if ($rest.Count -gt 0) { $others += @{ ResourceAppId = $exo.AppId; ResourceAccess = $rest } }',
    '  Update-MgApplication -ApplicationId $app.Id -RequiredResourceAccess $others',
    '}',
    '',
    ...pen.say('undoEntra.secrets'),
    `foreach ($secret in ${OWN_SECRETS}) {`,
    '  Remove-MgApplicationPassword -ApplicationId $app.Id -KeyId $secret.KeyId',
    '}',
    `$keys = @($app.KeyCredentials | Where-Object { $_ -and $_.DisplayName -notlike '${CREDENTIAL_NAME} *' })`,
    'if ($keys.Count -ne @($app.KeyCredentials | Where-Object { $_ }).Count) { Update-MgApplication -ApplicationId $app.Id -KeyCredentials $keys }',
    '',
    ...pen.say('undoEntra.delete'),
    'if ($DeleteRegistration) { Remove-MgApplication -ApplicationId $app.Id }',
    '',
    ...pen.say('verify'),
    '$remains = @()',
    '$idFilter = "appId eq \'$($app.AppId)\'"',
    '$app = Get-MgApplication -Filter $idFilter',
    'if ($DeleteRegistration) {',
    `  if ($app) { $remains += ${pen.text('undoEntra.registrationRemains')} }`,
    '} else {',
    `  if ($sp -and $exo -and ${HELD}.Count -gt 0) { $remains += ${pen.text('undoEntra.roleRemains')} }`,
    ...ASKED.map((line) => `  ${line}`),
    `  if ($asked | Where-Object { $_.Id -eq $role.Id }) { $remains += ${pen.text('undoEntra.permissionRemains')} }`,
    `  if (${OWN_SECRETS}.Count + @($app.KeyCredentials | Where-Object { $_ -and $_.DisplayName -like '${CREDENTIAL_NAME} *' }).Count -gt 0) { $remains += ${pen.text('undoEntra.keysRemain')} }`,
    '}',
    'foreach ($remain in $remains) { Write-Warning $remain }',
    `if ($remains.Count -gt 0) { throw ${pen.text('undoEntra.incomplete')} }`,
    `Write-Host ${pen.text('undoEntra.done')}`,
  ]
}
