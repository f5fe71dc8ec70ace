## The set-up in Entra with the Azure CLI. It does the same as `entra.ps1`; Exchange has no `az` commands. It works with bash 3.2, the version
## of macOS.

#template entra-az
#!/usr/bin/env bash
#say entra.title
#include entra-az-values
SENDER={{value sender}}
#if secret
#say entra.newSecretSwitch
NEW_SECRET=no
#else
#say entra.certificateFile
CERTIFICATE_FILE=postroom.pem
#end

#include entra-az-connect
  az ad app show --id "$CLIENT_ID" --output none || die {{text entra.noSuchApp}}
fi

#say entra.register
if [ -z "$CLIENT_ID" ]; then
  CLIENT_ID=$(az ad app create --display-name "$APP_NAME" --sign-in-audience AzureADMyOrg --query appId --output tsv)
  note {{text entra.madeApp}}" $CLIENT_ID"
fi
#say entra.guard
audience=$(az ad app show --id "$CLIENT_ID" --query signInAudience --output tsv)
redirects=$(az ad app show --id "$CLIENT_ID" --query "[web.redirectUris, spa.redirectUris, publicClient.redirectUris][] | [?@] | length(@)" --output tsv)
if [ "$audience" != AzureADMyOrg ] || [ "$redirects" != 0 ]; then die {{text entra.notOurs}}; fi

#say entra.principal
OBJECT_ID=$(az ad sp list --filter "appId eq '$CLIENT_ID'" --query "[].id" --output tsv)
if [ -z "$OBJECT_ID" ]; then
  OBJECT_ID=$(az ad sp create --id "$CLIENT_ID" --query id --output tsv)
  note {{text entra.madePrincipal}}" $OBJECT_ID"
fi

#include entra-az-role
if [ -z "$role" ]; then die {{text entra.noExchange}}; fi
#include entra-az-granted
#if mailbox
#say entra.permission
#include entra-az-requested
if [ "$asked" = 0 ]; then
  az ad app permission add --id "$CLIENT_ID" --api '{{EXCHANGE_APP_ID}}' --api-permissions "$role=Role" --only-show-errors
  note {{text entra.askedRole}}
fi
#say entra.consent
if [ "$(granted)" = 0 ]; then
  az rest --method post --url "$GRAPH/v1.0/servicePrincipals/$OBJECT_ID/appRoleAssignments" --headers Content-Type=application/json \
    --body "{\"principalId\":\"$OBJECT_ID\",\"resourceId\":\"$exchange\",\"appRoleId\":\"$role\"}" --output none
  note {{text entra.grantedRole}}
fi
#else
#say entra.noPermission
if [ "$(granted)" != 0 ]; then note {{text entra.roleTooMany}}; fi
#end

#if secret
## `--append` keeps the other secrets, which the command would remove otherwise.
#say entra.secret
last_end() { az ad app show --id "$CLIENT_ID" --query "passwordCredentials[?displayName=='{{CREDENTIAL_NAME}}'].endDateTime | sort(@) | [-1]" --output tsv; }
end=$(last_end)
secret=''
if [ "$NEW_SECRET" = yes ] || [[ ! "$end" > "$(date -u +%Y-%m-%dT%H:%M:%SZ)" ]]; then
  secret=$(az ad app credential reset --id "$CLIENT_ID" --append --display-name '{{CREDENTIAL_NAME}}' --years 1 --query password --output tsv --only-show-errors)
  end=$(last_end)
else
  note {{text entra.secretKept}}
fi
expires=$(printf "%s" "$end" | cut -c 1-10)
#else
#say entra.certificate
if [ ! -f "$CERTIFICATE_FILE" ]; then die {{text entra.certificateMissing}}; fi
thumbprint=$(openssl x509 -in "$CERTIFICATE_FILE" -noout -fingerprint -sha1 | sed 's/.*=//; s/://g')
key_name="{{CREDENTIAL_NAME}} $(printf '%s' "$thumbprint" | cut -c 1-16)"
there=$(az ad app show --id "$CLIENT_ID" --query "keyCredentials[?displayName=='$key_name'] | length(@)" --output tsv)
if [ "$there" = 0 ]; then
  az ad app credential reset --id "$CLIENT_ID" --append --cert "@$CERTIFICATE_FILE" --display-name "$key_name" --only-show-errors --output none
  note {{text entra.madeCertificate}}" $thumbprint"
fi
expires=$(az ad app show --id "$CLIENT_ID" --query "keyCredentials[?displayName=='$key_name'].endDateTime | [0]" --output tsv)
expires=$(printf "%s" "$expires" | cut -c 1-10)
#end

#say verify
#if mailbox
if [ "$(granted)" = 0 ]; then note {{text entra.roleMissing}}; else note {{text entra.roleThere}}; fi
#else
if [ "$(granted)" = 0 ]; then note {{text entra.roleRightlyAbsent}}; fi
#end

#if secret
#say block
#else
#say blockNoSecret
#end
printf '%s\n' {{blockOpens}}
printf '%s: %s\n' {{label cloud}} {{cloudId}}
printf '%s: %s\n' {{label tenantId}} "$(connected)"
printf '%s: %s\n' {{label clientId}} "$CLIENT_ID"
printf '%s: %s\n' {{label objectId}} "$OBJECT_ID"
printf '%s: %s\n' {{label sender}} "$SENDER"
#if secret
if [ -n "$secret" ]; then printf '%s: %s\n' {{label secret}} "$secret"; fi
#end
printf '%s: %s\n' {{label expires}} "$expires"
printf '%s\n' {{blockCloses}}

#template undo-entra-az
#!/usr/bin/env bash
#say undoEntra.title
#include entra-az-values
#say undoEntra.deleteSwitch
DELETE_REGISTRATION=no

#include entra-az-connect
## A registration that is already deleted needs no undo.
  CLIENT_ID=$(az ad app list --filter "appId eq '$CLIENT_ID'" --query "[].appId" --output tsv)
fi
if [ -z "$CLIENT_ID" ]; then
  note {{text undoEntra.nothing}}
  exit 0
fi

#say undoEntra.consent
OBJECT_ID=$(az ad sp list --filter "appId eq '$CLIENT_ID'" --query "[].id" --output tsv)
#include entra-az-role
#include entra-az-granted
if [ -n "$OBJECT_ID" ]; then
  assignments=$(az rest --method get --url "$GRAPH/v1.0/servicePrincipals/$OBJECT_ID/appRoleAssignments" --query "value[?resourceId=='$exchange' && appRoleId=='$role'].id" --output tsv)
  for assignment in $assignments; do
    az rest --method delete --url "$GRAPH/v1.0/servicePrincipals/$OBJECT_ID/appRoleAssignments/$assignment" --output none
  done
fi
#include entra-az-requested
if [ "$asked" != 0 ]; then az ad app permission delete --id "$CLIENT_ID" --api '{{EXCHANGE_APP_ID}}' --api-permissions "$role" --only-show-errors; fi

#say undoEntra.secrets
## The credentials that the set-up script created, found by their names.
own_secrets() { az ad app show --id "$CLIENT_ID" --query "passwordCredentials[?displayName=='{{CREDENTIAL_NAME}}'].keyId" --output tsv; }
own_certificates() { az ad app show --id "$CLIENT_ID" --query "keyCredentials[?displayName && starts_with(displayName, '{{CREDENTIAL_NAME}} ')].keyId" --output tsv; }
for key in $(own_secrets); do az ad app credential delete --id "$CLIENT_ID" --key-id "$key"; done
for key in $(own_certificates); do az ad app credential delete --id "$CLIENT_ID" --key-id "$key" --cert; done

#say undoEntra.delete
if [ "$DELETE_REGISTRATION" = yes ]; then az ad app delete --id "$CLIENT_ID"; fi

#say verify
remains=no
remain() {
  note "$1"
  remains=yes
}
if [ "$DELETE_REGISTRATION" = yes ]; then
  left=$(az ad app list --filter "appId eq '$CLIENT_ID'" --query "[].appId" --output tsv)
  if [ -n "$left" ]; then remain {{text undoEntra.registrationRemains}}; fi
else
  if [ -n "$OBJECT_ID" ] && [ "$(granted)" != 0 ]; then remain {{text undoEntra.roleRemains}}; fi
  #include entra-az-requested
  if [ "$asked" != 0 ]; then remain {{text undoEntra.permissionRemains}}; fi
  if [ -n "$(own_secrets)$(own_certificates)" ]; then remain {{text undoEntra.keysRemain}}; fi
fi
if [ "$remains" = yes ]; then die {{text undoEntra.incomplete}}; fi
note {{text undoEntra.done}}

#template entra-az-values
#say readFirst
#say entra.role

set -euo pipefail

#say values
TENANT_ID={{value tenantId}}
#say entra.idWins
CLIENT_ID={{clientIdOrEmpty}}
APP_NAME={{value appName}}

#template entra-az-connect
## It ends within the branch in which the client ID is known.
AZ_CLOUD={{azCloud}}
GRAPH={{graphOrigin}}
## The filter is built when the script runs, because the name may have been edited. OData doubles a quote in a value. bash 3.2 keeps a
## backslash before a quote in a replacement, so the quote is in a variable.
QUOTE="'"
NAME_FILTER="displayName eq '${APP_NAME//$QUOTE/$QUOTE$QUOTE}'"

die() {
  printf '%s\n' "$1" >&2
  exit 1
}
note() {
  printf '%s\n' "$1" >&2
}
case "$TENANT_ID" in *'{{GAP_MARK}}'*) die {{text fillGaps}} ;; esac

#say connect
if [ "$(az cloud show --query name --output tsv)" != "$AZ_CLOUD" ]; then az cloud set --name "$AZ_CLOUD"; fi
connected() { az account show --query tenantId --output tsv 2>/dev/null || true; }
## Only an ID can be compared with the answer of `az`, not a domain, which has a dot.
case "$TENANT_ID" in
*.*) az login --tenant "$TENANT_ID" --allow-no-subscriptions --output none ;;
*)
  if [ "$(connected)" != "$TENANT_ID" ]; then az login --tenant "$TENANT_ID" --allow-no-subscriptions --output none; fi
  if [ "$(connected)" != "$TENANT_ID" ]; then die {{text wrongTenant}}; fi
  ;;
esac

#say entra.find
if [ -z "$CLIENT_ID" ]; then
  found=$(az ad app list --filter "$NAME_FILTER" --query "[].appId" --output tsv)
  case "$found" in *$'\n'*) die {{text entra.severalApps}} ;; esac
  CLIENT_ID=$found
else

#template entra-az-role
exchange=$(az ad sp list --filter "appId eq '{{EXCHANGE_APP_ID}}'" --query "[].id" --output tsv)
role=$(az ad sp show --id '{{EXCHANGE_APP_ID}}' --query "appRoles[?value=='{{SEND_AS_APP}}' && contains(allowedMemberTypes, 'Application')].id | [0]" --output tsv)

#template entra-az-requested
asked=$(az ad app show --id "$CLIENT_ID" --query "requiredResourceAccess[?resourceAppId=='{{EXCHANGE_APP_ID}}'].resourceAccess[] | [?id=='$role'] | length(@)" --output tsv)

#template entra-az-granted
granted() { az rest --method get --url "$GRAPH/v1.0/servicePrincipals/$OBJECT_ID/appRoleAssignments" --query "value[?resourceId=='$exchange' && appRoleId=='$role'] | length(@)" --output tsv; }
