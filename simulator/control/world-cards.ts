import { type Html, html } from '../web/html'
import { type Application, type Mailbox, type Tenant, validityOf } from '../world/world'
import { CHANGES, type ChangeName } from '../world/world-changes'

export const day = (date: Date): string => date.toISOString().slice(0, 16).replace('T', ' ')

/** One button for one change of the world. */
function act(name: ChangeName, label: string, parameters: Record<string, string>): Html {
  const fields = Object.entries(parameters).map(
    ([key, value]) => html`<input type="hidden" name="${key}" value="${value}">`,
  )
  return html`<form method="post" action="/control/world/${name}">${fields}<button title="${CHANGES[name].does}">${label}</button></form>`
}

export function tenantFold(tenant: Tenant): Html {
  const parameters = { tenant: tenant.id }
  const { smtpAuthDisabled, securityDefaults, conditionalAccessBlocks, appPolicy, fill } = tenant
  const acts =
    tenant.applications.length === 0
      ? null
      : html`<div class="acts">
${act('smtp-auth-organisation', `Turn SMTP AUTH ${smtpAuthDisabled ? 'on' : 'off'} for all`, { ...parameters, disabled: String(!smtpAuthDisabled) })}
${act('security-defaults', `Turn security defaults ${securityDefaults ? 'off' : 'on'}`, { ...parameters, on: String(!securityDefaults) })}
${appPolicy.enabled ? act('app-management-policy', 'Allow client secrets', { ...parameters, enabled: 'false' }) : act('app-management-policy', 'Forbid new client secrets', { ...parameters, passwordAddition: 'true' })}
${fill ? act('unfill', 'Remove the invented applications', parameters) : act('fill', 'Invent 20,000 applications', parameters)}
${act('conditional-access', conditionalAccessBlocks ? 'Unblock applications' : 'Block applications', { ...parameters, on: String(!conditionalAccessBlocks) })}</div>`
  const holds = tenant.exchange
    ? `${counted(tenant.applications.length, 'application')}, ${counted(tenant.mailboxes.length, 'mailbox', 'mailboxes')}`
    : 'no Exchange Online'
  return html`<details><summary>${tenant.displayName} <span>${holds}</span></summary><div class="inner"><dl>
<dt>Tenant ID</dt><dd><code>${tenant.id}</code></dd><dt>Domains</dt><dd>${tenant.domains.join(', ')}</dd>
<dt>State</dt><dd>${tag(!tenant.exchange, tenant.exchange ? 'Exchange Online' : 'no Exchange Online')}
${tag(false, `SMTP AUTH ${smtpAuthDisabled ? 'off' : 'on'} in the organisation`)}
${securityDefaults ? tag(true, 'security defaults') : null} ${conditionalAccessBlocks ? tag(true, 'applications blocked') : null}
${appPolicy.enabled ? tag(true, 'app management policy') : null} ${fill ? tag(false, `${fill.applications} invented applications`) : null}</dd></dl>${acts}
${tenant.applications.map((application) => applicationCard(tenant, application))}${tenant.mailboxes.map((mailbox) => mailboxCard(tenant, mailbox))}</div></details>`
}

const counted = (count: number, one: string, many = `${one}s`): string => `${count} ${count === 1 ? one : many}`

const tag = (bad: boolean, text: string): Html =>
  bad ? html`<span class="tag bad">${text}</span>` : html`<span class="tag">${text}</span>`

function applicationCard(tenant: Tenant, application: Application): Html {
  const parameters = { tenant: tenant.id, appId: application.appId }
  const principal = application.servicePrincipal
  const known = tenant.exchangePrincipals.find(({ appId }) => appId === application.appId)
  const right = known !== undefined && known.objectId === principal?.objectId
  return html`<details><summary>${application.displayName} <span>application</span></summary><div class="inner"><dl class="small">
<dt>Client ID</dt><dd><code>${application.appId}</code></dd>
<dt>Object ID</dt><dd><code>${principal?.objectId ?? 'no Enterprise application'}</code></dd>
<dt>Permissions</dt><dd>${[...(principal?.exchangeRoles ?? []), ...(principal?.graphRoles ?? [])].join(', ') || 'none'}</dd>
<dt>In Exchange</dt><dd>${known === undefined ? tag(true, 'not registered') : tag(!right, right ? 'registered' : 'wrong Object ID')}</dd>
<dt>State</dt><dd>${tag(!application.enabled, application.enabled ? 'enabled' : 'disabled')}</dd>
${application.secrets.map((secret) => html`<dt>${secret.displayName}</dt><dd><code>${secret.value.slice(0, 3)}…</code> until ${day(secret.expiresAt)} UTC ${act('expire-secret', 'Expire', { ...parameters, keyId: secret.keyId })} ${act('remove-secret', 'Remove', { ...parameters, keyId: secret.keyId })}</dd>`)}
${application.certificates.map((certificate) => html`<dt>${certificate.displayName}</dt><dd>certificate until ${day(validityOf(certificate, new Date()).to)} UTC ${act('remove-certificate', 'Remove', { ...parameters, keyId: certificate.keyId })}</dd>`)}
${application.federatedCredentials.map(({ name, issuer, subject }) => html`<dt>${name}</dt><dd>trusts ${subject} of ${issuer}</dd>`)}
<dt>Owners</dt><dd>${application.owners.map((id) => (id === principal?.objectId ? 'itself' : id)).join(', ') || 'none'}</dd>
</dl><div class="acts">${act('add-secret', 'Add secret', parameters)}
${principal?.graphRoles.length ? act('remove-graph', 'Remove Graph roles', parameters) : ['Application.Read.All', 'Application.ReadWrite.OwnedBy'].map((role) => act('grant-graph-role', `Grant ${role}`, { ...parameters, role }))}
${application.owners.includes(principal?.objectId ?? '') ? act('remove-owner', 'Disown itself', parameters) : act('add-owner', 'Let it own itself', parameters)}
${application.federatedCredentials.length ? act('remove-federated-credentials', 'Trust no other issuer', parameters) : act('add-federated-credential', 'Trust the token file', parameters)}
${principal?.exchangeRoles.length ? act('remove-consent', 'Remove consent', parameters) : act('grant-consent', 'Grant consent', parameters)}
${right ? act('unregister-service-principal', 'Unregister in Exchange', parameters) : act('register-service-principal', 'Register in Exchange', parameters)}
${act('wrong-object-id', 'Register wrong Object ID', parameters)}
${application.enabled ? act('disable-application', 'Disable', parameters) : act('enable-application', 'Enable', parameters)}</div></div></details>`
}

function mailboxCard(tenant: Tenant, mailbox: Mailbox): Html {
  const parameters = { tenant: tenant.id, mailbox: mailbox.address }
  const { smtpAuthDisabled } = mailbox
  const allowed = mailbox.fullAccess.length > 0
  const isFirst = tenant.mailboxes[0] === mailbox
  const sendAs =
    mailbox.sendAs.length > 0
      ? act('remove-send-as', 'Remove Send As', { ...parameters, trustee: mailbox.sendAs[0] ?? '' })
      : act('grant-send-as', 'Grant Send As', parameters)
  const own = smtpAuthDisabled ? 'off' : 'on'
  // A browser unfolds what contains the element that an address names.
  return html`<details><summary>${mailbox.address}</summary><div class="inner" id="${mailbox.address}"><p class="small">
${tag(smtpAuthDisabled === true, `SMTP AUTH ${smtpAuthDisabled === null ? 'as the organisation' : own}`)}
${allowed ? tag(false, 'application has FullAccess') : null}
${mailbox.sendAs.map((trustee) => tag(false, `${trustee} may send as it`))} ${mailbox.full ? tag(true, 'full') : null}
${mailbox.blocked ? tag(true, 'restricted sender') : null} ${mailbox.password === null ? null : tag(false, 'has a password')}</p>
<div class="acts">${act('smtp-auth-mailbox', `SMTP AUTH ${smtpAuthDisabled === false ? 'off' : 'on'}`, { ...parameters, disabled: String(smtpAuthDisabled === false) })}
${allowed ? act('remove-mailbox-permission', 'Remove permission', parameters) : act('grant-mailbox-permission', 'Grant permission', parameters)}
${isFirst ? null : sendAs}
${act('mailbox-full', mailbox.full ? 'Empty' : 'Fill', { ...parameters, on: String(!mailbox.full) })}
${act('block-sender', mailbox.blocked ? 'Unblock' : 'Block', { ...parameters, on: String(!mailbox.blocked) })}</div></div></details>`
}
