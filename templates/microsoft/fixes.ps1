## Commands that fix a fault at Microsoft, by the code of its diagnosis. Those within `#if exchange` only make sense where the mail server is
## Exchange Online.

#template secret-invalid secret-expired secret-missing
#if exchange
#include graph-module
{{connectGraph Application.ReadWrite.All}}
#include application
#say listSecrets
$app.PasswordCredentials | Format-Table DisplayName,Hint,StartDateTime,EndDateTime
#say newSecret
(Add-MgApplicationPassword -ApplicationId $app.Id -PasswordCredential @{ displayName = 'Postroom'; endDateTime = (Get-Date).AddMonths(12) }).SecretText
#end

#template application-not-found
#include graph-module
{{connectGraph Application.Read.All}}
#include application
$app | Format-List DisplayName,AppId,SignInAudience

#template application-disabled
#include graph-module
{{connectGraph Application.ReadWrite.All}}
#include service-principal
$sp | Format-List DisplayName,AppId,Id,AccountEnabled
Update-MgServicePrincipal -ServicePrincipalId $sp.Id -AccountEnabled:$true

#template service-principal-missing
#include graph-module
{{connectGraph Application.ReadWrite.All}}
New-MgServicePrincipal -AppId {{arg clientId}}
#say thenConsent

#template exchange-not-in-tenant
#include graph-module
{{connectGraph Application.Read.All}}
#include exchange-principal
$exo | Format-List DisplayName,AppId,AccountEnabled

#template consent-missing permission-misconfigured assignment-required
#include graph-module
{{connectGraph Application.Read.All AppRoleAssignment.ReadWrite.All}}
#include find-role
#include service-principal
#say grantRole
#include grant-role
#say check
Get-MgServicePrincipalAppRoleAssignment -ServicePrincipalId $sp.Id | Format-Table ResourceDisplayName,AppRoleId

#template role-missing role-wrong
#include consent-missing
#say rbac
# {{connectExchange}}
# Test-ServicePrincipalAuthorization -Identity {{arg objectId}} -Resource {{arg mailbox}} | Format-Table

#template exchange-rejected-token
{{connectExchange}}
#include register
#include register-check
#include allow-sending

#template mailbox-permission-missing
{{connectExchange}}
#include mailbox
#say check
#include mailbox-check

#template smtp-auth-disabled-for-mailbox
{{connectExchange}}
#include smtp-auth
#say check
#include smtp-auth-check

#template smtp-auth-disabled-for-tenant
#include smtp-auth-disabled-for-mailbox
#say wholeTenant
# Set-TransportConfig -SmtpClientAuthenticationDisabled $false

#template send-as-denied
#if exchange
#include permission-send-as
#end

#template mailbox-full
#if exchange
{{connectExchange}}
Get-EXOMailboxStatistics -Identity {{arg mailbox}} | Format-List TotalItemSize,ItemCount
#say sentItems
Set-Mailbox -Identity {{arg mailbox}} -MessageCopyForSMTPClientSubmissionEnabled $false
#end

#template daily-quota-exceeded
#if exchange
{{connectExchange}}
Get-MessageTraceV2 -SenderAddress {{arg sender}} -StartDate (Get-Date).AddDays(-1) -EndDate (Get-Date) | Group-Object Status
#end

#template sender-blocked
#if exchange
{{connectExchange}}
Get-BlockedSenderAddress -SenderAddress {{arg sender}}
#say afterSecuring
# Remove-BlockedSenderAddress -SenderAddress {{arg sender}}
#end

#template message-too-large
#if exchange
{{connectExchange}}
Get-Mailbox -Identity {{arg mailbox}} | Format-List MaxSendSize
#say maxSendSize
# Set-Mailbox -Identity {{arg mailbox}} -MaxSendSize 100MB
#end

#template too-many-recipients
#if exchange
{{connectExchange}}
Get-Mailbox -Identity {{arg mailbox}} | Format-List RecipientLimits
Get-TransportConfig | Format-List MaxRecipientEnvelopeLimit
#end

#template recipient-not-found
#if exchange
{{connectExchange}}
Get-EXORecipient -Identity {{arg recipient}}
#end

#template recipient-refused
#if exchange
{{connectExchange}}
Get-EXORecipient -Identity {{arg recipient}} -PropertySets All | Format-List RecipientTypeDetails,PrimarySmtpAddress
#end

#template domain-not-registered wrong-region
#if exchange
{{connectExchange}}
Get-AcceptedDomain | Format-Table DomainName,DomainType,Default
#end

#template relay-denied
#if exchange
{{connectExchange}}
Get-InboundConnector | Format-List Name,Enabled,ConnectorType,SenderDomains,SenderIPAddresses,TlsSenderCertificateName
Get-OrganizationConfig | Format-List RejectDirectSend
Get-AcceptedDomain | Format-Table DomainName,DomainType
#end
