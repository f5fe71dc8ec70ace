import { EXCHANGE_APP_ID, SEND_AS_APP, shellString } from '../../diagnosis'
import { azCloud, CREDENTIAL_NAME } from '../choices'
import { BLOCK_CLOSES, BLOCK_LABELS, BLOCK_OPENS } from './block'
import { GAP_MARK, type Pen, type ScriptKey } from './script-writer'

/** bash 3.2 is enough, which is what macOS has. */
const head = (pen: Pen, title: ScriptKey, own: string[], findById: string): string[] => {
  const { values } = pen.input
  return [
    '#!/usr/bin/env bash',
    ...pen.say(title),
    ...pen.say('readFirst'),
    ...pen.say('entra.role'),
    '',
    'set -euo pipefail',
    '',
    ...pen.say('values'),
    `TENANT_ID=${pen.value('tenantId')}`,
    ...pen.say('entra.idWins'),
    `CLIENT_ID=${values.clientId === null ? "''" : pen.value('clientId')}`,
    `APP_NAME=${pen.value('appName')}`,
    ...own,
    '',
    `AZ_CLOUD=${shellString(azCloud(values.cloud) ?? 'AzureCloud')}`,
    `GRAPH=${shellString(new URL(values.cloud.graphUrl).origin)}`,
    // Built when the script runs, since the name may have been edited. OData doubles a quote inside a value; bash 3.2 keeps a
    // backslash before a quote in a replacement, so the quote is in a variable.
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
    `case "$TENANT_ID" in *${shellString(GAP_MARK)}*) die ${pen.text('fillGaps')} ;; esac`,
    '',
    ...pen.say('connect'),
    'if [ "$(az cloud show --query name --output tsv)" != "$AZ_CLOUD" ]; then az cloud set --name "$AZ_CLOUD"; fi',
    'connected() { az account show --query tenantId --output tsv 2>/dev/null || true; }',
    // Only an ID can be compared with what `az` answers; a domain has a dot.
    'case "$TENANT_ID" in',
    '*.*) az login --tenant "$TENANT_ID" --allow-no-subscriptions --output none ;;',
    '*)',
    '  if [ "$(connected)" != "$TENANT_ID" ]; then az login --tenant "$TENANT_ID" --allow-no-subscriptions --output none; fi',
    `  if [ "$(connected)" != "$TENANT_ID" ]; then die ${pen.text('wrongTenant')}; fi`,
    '  ;;',
    'esac',
    '',
    ...pen.say('entra.find'),
    'if [ -z "$CLIENT_ID" ]; then',
    '  found=$(az ad app list --filter "$NAME_FILTER" --query "[].appId" --output tsv)',
    `  case "$found" in *$'\\n'*) die ${pen.text('entra.severalApps')} ;; esac`,
    '  CLIENT_ID=$found',
    'else',
    `  ${findById}`,
    'fi',
  ]
}

/** The Entra part for a shell: what `entraPowershell` does. Exchange has no `az` commands. */
export function entraAz(pen: Pen): string[] {
  const { path, proof } = pen.input
  return [
    ...head(
      pen,
      'entra.title',
      [
        `SENDER=${pen.value('sender')}`,
        ...(proof === 'secret'
          ? [...pen.say('entra.newSecretSwitch'), 'NEW_SECRET=no']
          : [...pen.say('entra.certificateFile'), 'CERTIFICATE_FILE=postroom.pem']),
      ],
      `az ad app show --id "$CLIENT_ID" --output none || die ${pen.text('entra.noSuchApp')}`,
    ),
    '',
    ...pen.say('entra.register'),
    'if [ -z "$CLIENT_ID" ]; then',
    '  CLIENT_ID=$(az ad app create --display-name "$APP_NAME" --sign-in-audience AzureADMyOrg --query appId --output tsv)',
    `  note ${pen.text('entra.madeApp')}" $CLIENT_ID"`,
    'fi',
    ...pen.say('entra.guard'),
    'audience=$(az ad app show --id "$CLIENT_ID" --query signInAudience --output tsv)',
    'redirects=$(az ad app show --id "$CLIENT_ID" --query "[web.redirectUris, spa.redirectUris, publicClient.redirectUris][] | [?@] | length(@)" --output tsv)',
    `if [ "$audience" != AzureADMyOrg ] || [ "$redirects" != 0 ]; then die ${pen.text('entra.notOurs')}; fi`,
    '',
    ...pen.say('entra.principal'),
    `OBJECT_ID=$(az ad sp list --filter "appId eq '$CLIENT_ID'" --query "[].id" --output tsv)`,
    'if [ -z "$OBJECT_ID" ]; then',
    '  OBJECT_ID=$(az ad sp create --id "$CLIENT_ID" --query id --output tsv)',
    `  note ${pen.text('entra.madePrincipal')}" $OBJECT_ID"`,
    'fi',
    '',
    ...ROLE,
    `if [ -z "$role" ]; then die ${pen.text('entra.noExchange')}; fi`,
    GRANTED,
    ...(path === 'mailbox'
      ? [
          ...pen.say('entra.permission'),
          ASKED,
          'if [ "$asked" = 0 ]; then',
          `  az ad app permission add --id "$CLIENT_ID" --api '${EXCHANGE_APP_ID}' --api-permissions "$role=Role" --only-show-errors`,
          `  note ${pen.text('entra.askedRole')}`,
          'fi',
          ...pen.say('entra.consent'),
          'if [ "$(granted)" = 0 ]; then',
          '  az rest --method post --url "$GRAPH/v1.0/servicePrincipals/$OBJECT_ID/appRoleAssignments" --headers Content-Type=application/json \\',
          '    --body "{\\"principalId\\":\\"$OBJECT_ID\\",\\"resourceId\\":\\"$exchange\\",\\"appRoleId\\":\\"$role\\"}" --output none',
          `  note ${pen.text('entra.grantedRole')}`,
          'fi',
        ]
      : [...pen.say('entra.noPermission'), `if [ "$(granted)" != 0 ]; then note ${pen.text('entra.roleTooMany')}; fi`]),
    '',
    ...(proof === 'secret' ? secret(pen) : certificate(pen)),
    '',
    ...pen.say('verify'),
    path === 'mailbox'
      ? `if [ "$(granted)" = 0 ]; then note ${pen.text('entra.roleMissing')}; else note ${pen.text('entra.roleThere')}; fi`
      : `if [ "$(granted)" = 0 ]; then note ${pen.text('entra.roleRightlyAbsent')}; fi`,
    '',
    ...pen.say(proof === 'secret' ? 'block' : 'blockNoSecret'),
    `printf '%s\\n' ${shellString(BLOCK_OPENS)}`,
    `printf '%s: %s\\n' ${shellString(BLOCK_LABELS.cloud)} ${shellString(pen.input.values.cloud.id)}`,
    printed('tenantId', '$(connected)'),
    printed('clientId', '$CLIENT_ID'),
    printed('objectId', '$OBJECT_ID'),
    printed('sender', '$SENDER'),
    ...(proof === 'secret' ? [`if [ -n "$secret" ]; then ${printed('secret', '$secret')}; fi`] : []),
    printed('expires', '$expires'),
    `printf '%s\\n' ${shellString(BLOCK_CLOSES)}`,
  ]
}

const printed = (name: keyof typeof BLOCK_LABELS, value: string): string =>
  `printf '%s: %s\\n' ${shellString(BLOCK_LABELS[name])} "${value}"`

const ROLE = [
  `exchange=$(az ad sp list --filter "appId eq '${EXCHANGE_APP_ID}'" --query "[].id" --output tsv)`,
  `role=$(az ad sp show --id '${EXCHANGE_APP_ID}' --query "appRoles[?value=='${SEND_AS_APP}' && contains(allowedMemberTypes, 'Application')].id | [0]" --output tsv)`,
]
const ASKED = `asked=$(az ad app show --id "$CLIENT_ID" --query "requiredResourceAccess[?resourceAppId=='${EXCHANGE_APP_ID}'].resourceAccess[] | [?id=='$role'] | length(@)" --output tsv)`
const GRANTED =
  'granted() { az rest --method get --url "$GRAPH/v1.0/servicePrincipals/$OBJECT_ID/appRoleAssignments" --query "value[?resourceId==\'$exchange\' && appRoleId==\'$role\'] | length(@)" --output tsv; }'

/** Without `--append` the command would remove every other secret. */
const secret = (pen: Pen): string[] => [
  ...pen.say('entra.secret'),
  `last_end() { az ad app show --id "$CLIENT_ID" --query "passwordCredentials[?displayName=='${CREDENTIAL_NAME}'].endDateTime | sort(@) | [-1]" --output tsv; }`,
  'end=$(last_end)',
  "secret=''",
  'if [ "$NEW_SECRET" = yes ] || [[ ! "$end" > "$(date -u +%Y-%m-%dT%H:%M:%SZ)" ]]; then',
  `  secret=$(az ad app credential reset --id "$CLIENT_ID" --append --display-name '${CREDENTIAL_NAME}' --years 1 --query password --output tsv --only-show-errors)`,
  '  end=$(last_end)',
  'else',
  `  note ${pen.text('entra.secretKept')}`,
  'fi',
  'expires=$(printf "%s" "$end" | cut -c 1-10)',
]

const certificate = (pen: Pen): string[] => [
  ...pen.say('entra.certificate'),
  `if [ ! -f "$CERTIFICATE_FILE" ]; then die ${pen.text('entra.certificateMissing')}; fi`,
  'thumbprint=$(openssl x509 -in "$CERTIFICATE_FILE" -noout -fingerprint -sha1 | sed \'s/.*=//; s/://g\')',
  `key_name="${CREDENTIAL_NAME} $(printf '%s' "$thumbprint" | cut -c 1-16)"`,
  'there=$(az ad app show --id "$CLIENT_ID" --query "keyCredentials[?displayName==\'$key_name\'] | length(@)" --output tsv)',
  'if [ "$there" = 0 ]; then',
  '  az ad app credential reset --id "$CLIENT_ID" --append --cert "@$CERTIFICATE_FILE" --display-name "$key_name" --only-show-errors --output none',
  `  note ${pen.text('entra.madeCertificate')}" $thumbprint"`,
  'fi',
  'expires=$(az ad app show --id "$CLIENT_ID" --query "keyCredentials[?displayName==\'$key_name\'].endDateTime | [0]" --output tsv)',
  'expires=$(printf "%s" "$expires" | cut -c 1-10)',
]

/** What the set-up script created, by the names it gave. */
const OWN_KEYS = [
  `own_secrets() { az ad app show --id "$CLIENT_ID" --query "passwordCredentials[?displayName=='${CREDENTIAL_NAME}'].keyId" --output tsv; }`,
  `own_certificates() { az ad app show --id "$CLIENT_ID" --query "keyCredentials[?displayName && starts_with(displayName, '${CREDENTIAL_NAME} ')].keyId" --output tsv; }`,
]

export const undoEntraAz = (pen: Pen): string[] => [
  ...head(
    pen,
    'undoEntra.title',
    [...pen.say('undoEntra.deleteSwitch'), 'DELETE_REGISTRATION=no'],
    // One that is deleted already is nothing to undo.
    `CLIENT_ID=$(az ad app list --filter "appId eq '$CLIENT_ID'" --query "[].appId" --output tsv)`,
  ),
  'if [ -z "$CLIENT_ID" ]; then',
  `  note ${pen.text('undoEntra.nothing')}`,
  '  exit 0',
  'fi',
  '',
  ...pen.say('undoEntra.consent'),
  `OBJECT_ID=$(az ad sp list --filter "appId eq '$CLIENT_ID'" --query "[].id" --output tsv)`,
  ...ROLE,
  GRANTED,
  'if [ -n "$OBJECT_ID" ]; then',
  '  assignments=$(az rest --method get --url "$GRAPH/v1.0/servicePrincipals/$OBJECT_ID/appRoleAssignments" --query "value[?resourceId==\'$exchange\' && appRoleId==\'$role\'].id" --output tsv)',
  '  for assignment in $assignments; do',
  '    az rest --method delete --url "$GRAPH/v1.0/servicePrincipals/$OBJECT_ID/appRoleAssignments/$assignment" --output none',
  '  done',
  'fi',
  ASKED,
  `if [ "$asked" != 0 ]; then az ad app permission delete --id "$CLIENT_ID" --api '${EXCHANGE_APP_ID}' --api-permissions "$role" --only-show-errors; fi`,
  '',
  ...pen.say('undoEntra.secrets'),
  ...OWN_KEYS,
  'for key in $(own_secrets); do az ad app credential delete --id "$CLIENT_ID" --key-id "$key"; done',
  'for key in $(own_certificates); do az ad app credential delete --id "$CLIENT_ID" --key-id "$key" --cert; done',
  '',
  ...pen.say('undoEntra.delete'),
  'if [ "$DELETE_REGISTRATION" = yes ]; then az ad app delete --id "$CLIENT_ID"; fi',
  '',
  ...pen.say('verify'),
  'remains=no',
  'remain() {',
  '  note "$1"',
  '  remains=yes',
  '}',
  'if [ "$DELETE_REGISTRATION" = yes ]; then',
  `  left=$(az ad app list --filter "appId eq '$CLIENT_ID'" --query "[].appId" --output tsv)`,
  `  if [ -n "$left" ]; then remain ${pen.text('undoEntra.registrationRemains')}; fi`,
  'else',
  `  if [ -n "$OBJECT_ID" ] && [ "$(granted)" != 0 ]; then remain ${pen.text('undoEntra.roleRemains')}; fi`,
  `  ${ASKED}`,
  `  if [ "$asked" != 0 ]; then remain ${pen.text('undoEntra.permissionRemains')}; fi`,
  `  if [ -n "$(own_secrets)$(own_certificates)" ]; then remain ${pen.text('undoEntra.keysRemain')}; fi`,
  'fi',
  `if [ "$remains" = yes ]; then die ${pen.text('undoEntra.incomplete')}; fi`,
  `note ${pen.text('undoEntra.done')}`,
]
