import { EXCHANGE_APP_ID, SEND_AS_APP, shellString } from '../../diagnosis'
import { azCloud, CREDENTIAL_NAME } from '../choices'
import { BLOCK_CLOSES, BLOCK_LABELS, BLOCK_OPENS } from './block'
import { GAP_MARK, type ScriptKey, type ScriptWriter } from './script-writer'

/** Works with bash 3.2, the version of macOS. */
const head = (writer: ScriptWriter, title: ScriptKey, extraLines: string[], findById: string): string[] => {
  const { values } = writer.input
  return [
    '#!/usr/bin/env bash',
    ...writer.comment(title),
    ...writer.comment('readFirst'),
    ...writer.comment('entra.role'),
    '',
    'set -euo pipefail',
    '',
    ...writer.comment('values'),
    `TENANT_ID=${writer.value('tenantId')}`,
    ...writer.comment('entra.idWins'),
    `CLIENT_ID=${values.clientId === null ? "''" : writer.value('clientId')}`,
    `APP_NAME=${writer.value('appName')}`,
    ...extraLines,
    '',
    `AZ_CLOUD=${shellString(azCloud(values.cloud) ?? 'AzureCloud')}`,
    `GRAPH=${shellString(new URL(values.cloud.graphUrl).origin)}`,
    // The filter is built when the script runs, because the name may have been edited. OData doubles a quote in a value. bash 3.2
    // keeps a backslash before a quote in a replacement, so the quote is in a variable.
    `QUOTE="'"`,
    `NAME_FILTER="displayName eq '\${APP_NAME//$QUOTE/$QUOTE$QUOTE}'"`,
    '',
    'die() {',
    '  printf \'%s\\n\' "$1" >&2',
    '  exit 1',
    '}',
    'note() {',
    '  printf \'%s\\n\' "$1" >&2',
    '}',
    `case "$TENANT_ID" in *${shellString(GAP_MARK)}*) die ${writer.text('fillGaps')} ;; esac`,
    '',
    ...writer.comment('connect'),
    'if [ "$(az cloud show --query name --output tsv)" != "$AZ_CLOUD" ]; then az cloud set --name "$AZ_CLOUD"; fi',
    'connected() { az account show --query tenantId --output tsv 2>/dev/null || true; }',
    // Only an ID can be compared with the answer of `az`, not a domain, which has a dot.
    'case "$TENANT_ID" in',
    '*.*) az login --tenant "$TENANT_ID" --allow-no-subscriptions --output none ;;',
    '*)',
    '  if [ "$(connected)" != "$TENANT_ID" ]; then az login --tenant "$TENANT_ID" --allow-no-subscriptions --output none; fi',
    `  if [ "$(connected)" != "$TENANT_ID" ]; then die ${writer.text('wrongTenant')}; fi`,
    '  ;;',
    'esac',
    '',
    ...writer.comment('entra.find'),
    'if [ -z "$CLIENT_ID" ]; then',
    '  found=$(az ad app list --filter "$NAME_FILTER" --query "[].appId" --output tsv)',
    `  case "$found" in *$'\\n'*) die ${writer.text('entra.severalApps')} ;; esac`,
    '  CLIENT_ID=$found',
    'else',
    `  ${findById}`,
    'fi',
  ]
}

/** Does the same as `entraPowershell` with the Azure CLI. Exchange has no `az` commands. */
export function entraAz(writer: ScriptWriter): string[] {
  const { path, credential } = writer.input
  return [
    ...head(
      writer,
      'entra.title',
      [
        `SENDER=${writer.value('sender')}`,
        ...(credential === 'secret'
          ? [...writer.comment('entra.newSecretSwitch'), 'NEW_SECRET=no']
          : [...writer.comment('entra.certificateFile'), 'CERTIFICATE_FILE=postroom.pem']),
      ],
      `az ad app show --id "$CLIENT_ID" --output none || die ${writer.text('entra.noSuchApp')}`,
    ),
    '',
    ...writer.comment('entra.register'),
    'if [ -z "$CLIENT_ID" ]; then',
    '  CLIENT_ID=$(az ad app create --display-name "$APP_NAME" --sign-in-audience AzureADMyOrg --query appId --output tsv)',
    `  note ${writer.text('entra.madeApp')}" $CLIENT_ID"`,
    'fi',
    ...writer.comment('entra.guard'),
    'audience=$(az ad app show --id "$CLIENT_ID" --query signInAudience --output tsv)',
    'redirects=$(az ad app show --id "$CLIENT_ID" --query "[web.redirectUris, spa.redirectUris, publicClient.redirectUris][] | [?@] | length(@)" --output tsv)',
    `if [ "$audience" != AzureADMyOrg ] || [ "$redirects" != 0 ]; then die ${writer.text('entra.notOurs')}; fi`,
    '',
    ...writer.comment('entra.principal'),
    `OBJECT_ID=$(az ad sp list --filter "appId eq '$CLIENT_ID'" --query "[].id" --output tsv)`,
    'if [ -z "$OBJECT_ID" ]; then',
    '  OBJECT_ID=$(az ad sp create --id "$CLIENT_ID" --query id --output tsv)',
    `  note ${writer.text('entra.madePrincipal')}" $OBJECT_ID"`,
    'fi',
    '',
    ...ROLE,
    `if [ -z "$role" ]; then die ${writer.text('entra.noExchange')}; fi`,
    GRANTED,
    ...(path === 'mailbox' ? permission(writer) : noPermission(writer)),
    '',
    ...(credential === 'secret' ? secret(writer) : certificate(writer)),
    '',
    ...writer.comment('verify'),
    path === 'mailbox'
      ? `if [ "$(granted)" = 0 ]; then note ${writer.text('entra.roleMissing')}; else note ${writer.text('entra.roleThere')}; fi`
      : `if [ "$(granted)" = 0 ]; then note ${writer.text('entra.roleRightlyAbsent')}; fi`,
    '',
    ...writer.comment(credential === 'secret' ? 'block' : 'blockNoSecret'),
    `printf '%s\\n' ${shellString(BLOCK_OPENS)}`,
    `printf '%s: %s\\n' ${shellString(BLOCK_LABELS.cloud)} ${shellString(writer.input.values.cloud.id)}`,
    printed('tenantId', '$(connected)'),
    printed('clientId', '$CLIENT_ID'),
    printed('objectId', '$OBJECT_ID'),
    printed('sender', '$SENDER'),
    ...(credential === 'secret' ? [`if [ -n "$secret" ]; then ${printed('secret', '$secret')}; fi`] : []),
    printed('expires', '$expires'),
    `printf '%s\\n' ${shellString(BLOCK_CLOSES)}`,
  ]
}

const permission = (writer: ScriptWriter): string[] => [
  ...writer.comment('entra.permission'),
  REQUESTED_ACCESS,
  'if [ "$asked" = 0 ]; then',
  `  az ad app permission add --id "$CLIENT_ID" --api '${EXCHANGE_APP_ID}' --api-permissions "$role=Role" --only-show-errors`,
  `  note ${writer.text('entra.askedRole')}`,
  'fi',
  ...writer.comment('entra.consent'),
  'if [ "$(granted)" = 0 ]; then',
  '  az rest --method post --url "$GRAPH/v1.0/servicePrincipals/$OBJECT_ID/appRoleAssignments" --headers Content-Type=application/json \\',
  '    --body "{\\"principalId\\":\\"$OBJECT_ID\\",\\"resourceId\\":\\"$exchange\\",\\"appRoleId\\":\\"$role\\"}" --output none',
  `  note ${writer.text('entra.grantedRole')}`,
  'fi',
]

const noPermission = (writer: ScriptWriter): string[] => [
  ...writer.comment('entra.noPermission'),
  `if [ "$(granted)" != 0 ]; then note ${writer.text('entra.roleTooMany')}; fi`,
]

const printed = (name: keyof typeof BLOCK_LABELS, value: string): string =>
  `printf '%s: %s\\n' ${shellString(BLOCK_LABELS[name])} "${value}"`

const ROLE = [
  `exchange=$(az ad sp list --filter "appId eq '${EXCHANGE_APP_ID}'" --query "[].id" --output tsv)`,
  `role=$(az ad sp show --id '${EXCHANGE_APP_ID}' --query "appRoles[?value=='${SEND_AS_APP}' && contains(allowedMemberTypes, 'Application')].id | [0]" --output tsv)`,
]
const REQUESTED_ACCESS = `asked=$(az ad app show --id "$CLIENT_ID" --query "requiredResourceAccess[?resourceAppId=='${EXCHANGE_APP_ID}'].resourceAccess[] | [?id=='$role'] | length(@)" --output tsv)`
const GRANTED =
  'granted() { az rest --method get --url "$GRAPH/v1.0/servicePrincipals/$OBJECT_ID/appRoleAssignments" --query "value[?resourceId==\'$exchange\' && appRoleId==\'$role\'] | length(@)" --output tsv; }'

/** `--append` keeps the other secrets, which the command would remove otherwise. */
const secret = (writer: ScriptWriter): string[] => [
  ...writer.comment('entra.secret'),
  `last_end() { az ad app show --id "$CLIENT_ID" --query "passwordCredentials[?displayName=='${CREDENTIAL_NAME}'].endDateTime | sort(@) | [-1]" --output tsv; }`,
  'end=$(last_end)',
  "secret=''",
  'if [ "$NEW_SECRET" = yes ] || [[ ! "$end" > "$(date -u +%Y-%m-%dT%H:%M:%SZ)" ]]; then',
  `  secret=$(az ad app credential reset --id "$CLIENT_ID" --append --display-name '${CREDENTIAL_NAME}' --years 1 --query password --output tsv --only-show-errors)`,
  '  end=$(last_end)',
  'else',
  `  note ${writer.text('entra.secretKept')}`,
  'fi',
  'expires=$(printf "%s" "$end" | cut -c 1-10)',
]

const certificate = (writer: ScriptWriter): string[] => [
  ...writer.comment('entra.certificate'),
  `if [ ! -f "$CERTIFICATE_FILE" ]; then die ${writer.text('entra.certificateMissing')}; fi`,
  'thumbprint=$(openssl x509 -in "$CERTIFICATE_FILE" -noout -fingerprint -sha1 | sed \'s/.*=//; s/://g\')',
  `key_name="${CREDENTIAL_NAME} $(printf '%s' "$thumbprint" | cut -c 1-16)"`,
  'there=$(az ad app show --id "$CLIENT_ID" --query "keyCredentials[?displayName==\'$key_name\'] | length(@)" --output tsv)',
  'if [ "$there" = 0 ]; then',
  '  az ad app credential reset --id "$CLIENT_ID" --append --cert "@$CERTIFICATE_FILE" --display-name "$key_name" --only-show-errors --output none',
  `  note ${writer.text('entra.madeCertificate')}" $thumbprint"`,
  'fi',
  'expires=$(az ad app show --id "$CLIENT_ID" --query "keyCredentials[?displayName==\'$key_name\'].endDateTime | [0]" --output tsv)',
  'expires=$(printf "%s" "$expires" | cut -c 1-10)',
]

/** The credentials that the set-up script created, found by their names. */
const OWN_KEYS = [
  `own_secrets() { az ad app show --id "$CLIENT_ID" --query "passwordCredentials[?displayName=='${CREDENTIAL_NAME}'].keyId" --output tsv; }`,
  `own_certificates() { az ad app show --id "$CLIENT_ID" --query "keyCredentials[?displayName && starts_with(displayName, '${CREDENTIAL_NAME} ')].keyId" --output tsv; }`,
]

export const undoEntraAz = (writer: ScriptWriter): string[] => [
  ...head(
    writer,
    'undoEntra.title',
    [...writer.comment('undoEntra.deleteSwitch'), 'DELETE_REGISTRATION=no'],
    // A registration that is already deleted needs no undo.
    `CLIENT_ID=$(az ad app list --filter "appId eq '$CLIENT_ID'" --query "[].appId" --output tsv)`,
  ),
  'if [ -z "$CLIENT_ID" ]; then',
  `  note ${writer.text('undoEntra.nothing')}`,
  '  exit 0',
  'fi',
  '',
  ...writer.comment('undoEntra.consent'),
  `OBJECT_ID=$(az ad sp list --filter "appId eq '$CLIENT_ID'" --query "[].id" --output tsv)`,
  ...ROLE,
  GRANTED,
  'if [ -n "$OBJECT_ID" ]; then',
  '  assignments=$(az rest --method get --url "$GRAPH/v1.0/servicePrincipals/$OBJECT_ID/appRoleAssignments" --query "value[?resourceId==\'$exchange\' && appRoleId==\'$role\'].id" --output tsv)',
  '  for assignment in $assignments; do',
  '    az rest --method delete --url "$GRAPH/v1.0/servicePrincipals/$OBJECT_ID/appRoleAssignments/$assignment" --output none',
  '  done',
  'fi',
  REQUESTED_ACCESS,
  `if [ "$asked" != 0 ]; then az ad app permission delete --id "$CLIENT_ID" --api '${EXCHANGE_APP_ID}' --api-permissions "$role" --only-show-errors; fi`,
  '',
  ...writer.comment('undoEntra.secrets'),
  ...OWN_KEYS,
  'for key in $(own_secrets); do az ad app credential delete --id "$CLIENT_ID" --key-id "$key"; done',
  'for key in $(own_certificates); do az ad app credential delete --id "$CLIENT_ID" --key-id "$key" --cert; done',
  '',
  ...writer.comment('undoEntra.delete'),
  'if [ "$DELETE_REGISTRATION" = yes ]; then az ad app delete --id "$CLIENT_ID"; fi',
  '',
  ...writer.comment('verify'),
  'remains=no',
  'remain() {',
  '  note "$1"',
  '  remains=yes',
  '}',
  'if [ "$DELETE_REGISTRATION" = yes ]; then',
  `  left=$(az ad app list --filter "appId eq '$CLIENT_ID'" --query "[].appId" --output tsv)`,
  `  if [ -n "$left" ]; then remain ${writer.text('undoEntra.registrationRemains')}; fi`,
  'else',
  `  if [ -n "$OBJECT_ID" ] && [ "$(granted)" != 0 ]; then remain ${writer.text('undoEntra.roleRemains')}; fi`,
  `  ${REQUESTED_ACCESS}`,
  `  if [ "$asked" != 0 ]; then remain ${writer.text('undoEntra.permissionRemains')}; fi`,
  `  if [ -n "$(own_secrets)$(own_certificates)" ]; then remain ${writer.text('undoEntra.keysRemain')}; fi`,
  'fi',
  `if [ "$remains" = yes ]; then die ${writer.text('undoEntra.incomplete')}; fi`,
  `note ${writer.text('undoEntra.done')}`,
]
