import { FAULT_GROUPS, FAULTS, type FaultDefinition, type FaultName } from './fault-list'
import type { Faults } from './faults'
import { type Html, html, type Page } from './html'
import type { Received } from './received'
import type { Application, Mailbox, Tenant, World } from './world'
import { CHANGES, type ChangeName } from './world-changes'

interface Shown {
  world: World
  faults: Faults
  received: readonly Received[]
  note: string | null
}

const MOST_ROWS = 25

export function controlPage({ world, faults, received, note }: Shown): Page {
  return {
    title: 'Control · Simulated Microsoft 365',
    here: 'control',
    body: html`${note === null ? null : html`<p class="card note" role="status">${note}</p>`}
<div class="bar"><h1>Control</h1><form method="post" action="/control/reset"><button name="all" value="1">Reset everything</button></form></div>
<p class="soft">Break this Microsoft 365 the way real ones break, and see what the console makes of it. A change holds at once, until it is taken back.</p>
${world.tenants.map(tenantSection)}
${FAULT_GROUPS.map((group) => faultSection(group, faults))}
<h2>What was received</h2>${requestTable(received)}
<p class="soft small">For programs: <a href="/control/state">state</a>, <a href="/control/faults">faults</a>, <a href="/control/requests">requests</a> as JSON.</p>`,
  }
}

const day = (date: Date): string => date.toISOString().slice(0, 16).replace('T', ' ')

/** One button for one change of the world. */
function act(name: ChangeName, label: string, given: Record<string, string>): Html {
  const fields = Object.entries(given).map(([key, value]) => html`<input type="hidden" name="${key}" value="${value}">`)
  return html`<form method="post" action="/control/world/${name}">${fields}<button title="${CHANGES[name].does}">${label}</button></form>`
}

function tenantSection(tenant: Tenant): Html {
  const given = { tenant: tenant.id }
  const { smtpAuthDisabled, securityDefaults, conditionalAccessBlocks } = tenant
  const acts =
    tenant.applications.length === 0
      ? null
      : html`<div class="acts">
${act('smtp-auth-organisation', `Turn SMTP AUTH ${smtpAuthDisabled ? 'on' : 'off'} for all`, { ...given, disabled: String(!smtpAuthDisabled) })}
${act('security-defaults', `Turn security defaults ${securityDefaults ? 'off' : 'on'}`, { ...given, on: String(!securityDefaults) })}
${act('conditional-access', conditionalAccessBlocks ? 'Unblock applications' : 'Block applications', { ...given, on: String(!conditionalAccessBlocks) })}</div>`
  return html`<h2>Tenant ${tenant.displayName}</h2><div class="card"><dl>
<dt>Tenant ID</dt><dd><code>${tenant.id}</code></dd><dt>Domains</dt><dd>${tenant.domains.join(', ')}</dd>
<dt>State</dt><dd>${tag(!tenant.exchange, tenant.exchange ? 'Exchange Online' : 'no Exchange Online')}
${tag(false, `SMTP AUTH ${smtpAuthDisabled ? 'off' : 'on'} in the organisation`)}
${securityDefaults ? tag(true, 'security defaults') : null} ${conditionalAccessBlocks ? tag(true, 'applications blocked') : null}</dd></dl>${acts}</div>
<div class="grid">${tenant.applications.map((application) => applicationCard(tenant, application))}${tenant.mailboxes.map((mailbox) => mailboxCard(tenant, mailbox))}</div>`
}

const tag = (bad: boolean, text: string): Html =>
  bad ? html`<span class="tag bad">${text}</span>` : html`<span class="tag">${text}</span>`

function applicationCard(tenant: Tenant, application: Application): Html {
  const given = { tenant: tenant.id, appId: application.appId }
  const principal = application.servicePrincipal
  const known = tenant.exchangePrincipals.find(({ appId }) => appId === application.appId)
  const right = known !== undefined && known.objectId === principal?.objectId
  return html`<section class="card"><h3>Application ${application.displayName}</h3><dl class="small">
<dt>Client ID</dt><dd><code>${application.appId}</code></dd>
<dt>Object ID</dt><dd><code>${principal?.objectId ?? 'no Enterprise application'}</code></dd>
<dt>Permissions</dt><dd>${[...(principal?.exchangeRoles ?? []), ...(principal?.graphRoles ?? [])].join(', ') || 'none'}</dd>
<dt>In Exchange</dt><dd>${known === undefined ? tag(true, 'not registered') : tag(!right, right ? 'registered' : 'wrong Object ID')}</dd>
<dt>State</dt><dd>${tag(!application.enabled, application.enabled ? 'enabled' : 'disabled')}</dd>
${application.secrets.map((secret) => html`<dt>${secret.displayName}</dt><dd><code>${secret.value.slice(0, 3)}…</code> until ${day(secret.expiresAt)} UTC ${act('expire-secret', 'Expire', { ...given, keyId: secret.keyId })}</dd>`)}
</dl><div class="acts">${act('add-secret', 'Add secret', given)}
${principal?.exchangeRoles.length ? act('remove-consent', 'Remove consent', given) : act('grant-consent', 'Grant consent', given)}
${right ? act('unregister-service-principal', 'Unregister in Exchange', given) : act('register-service-principal', 'Register in Exchange', given)}
${act('wrong-object-id', 'Register wrong Object ID', given)}
${application.enabled ? act('disable-application', 'Disable', given) : act('enable-application', 'Enable', given)}</div></section>`
}

function mailboxCard(tenant: Tenant, mailbox: Mailbox): Html {
  const given = { tenant: tenant.id, mailbox: mailbox.address }
  const { smtpAuthDisabled } = mailbox
  const allowed = mailbox.fullAccess.length > 0
  return html`<section class="card"><h3>${mailbox.address}</h3><p class="small">
${tag(smtpAuthDisabled === true, `SMTP AUTH ${smtpAuthDisabled === null ? 'as the organisation' : smtpAuthDisabled ? 'off' : 'on'}`)}
${allowed ? tag(false, 'application has FullAccess') : null} ${mailbox.full ? tag(true, 'full') : null}
${mailbox.blocked ? tag(true, 'restricted sender') : null} ${mailbox.password === null ? null : tag(false, 'has a password')}</p>
<div class="acts">${act('smtp-auth-mailbox', `SMTP AUTH ${smtpAuthDisabled === false ? 'off' : 'on'}`, { ...given, disabled: String(smtpAuthDisabled === false) })}
${allowed ? act('remove-mailbox-permission', 'Remove permission', given) : act('grant-mailbox-permission', 'Grant permission', given)}
${act('mailbox-full', mailbox.full ? 'Empty' : 'Fill', { ...given, on: String(!mailbox.full) })}
${act('block-sender', mailbox.blocked ? 'Unblock' : 'Block', { ...given, on: String(!mailbox.blocked) })}</div></section>`
}

function faultSection(group: (typeof FAULT_GROUPS)[number], faults: Faults): Html {
  const names = (Object.keys(FAULTS) as FaultName[]).filter((name) => FAULTS[name].group === group)
  return html`<h2>Faults: ${group}</h2><div class="grid">${names.map((name) => faultCard(name, faults))}</div>`
}

function faultCard(name: FaultName, faults: Faults): Html {
  const on = faults.is(name)
  const buttons = on
    ? html`<button name="turn" value="on">Change</button><button name="turn" value="off">Turn off</button>`
    : html`<button name="turn" value="on">Turn on</button>`
  const only = FAULTS[name].kind === 'switch' && on ? html`<button name="turn" value="off">Turn off</button>` : buttons
  return html`<section class="card${on ? ' on' : ''}"><h3>${name}</h3><p class="small soft">${FAULTS[name].does}</p>
<form method="post" action="/control/faults"><input type="hidden" name="name" value="${name}">${field(name, faults)}${only}</form></section>`
}

function field(name: FaultName, faults: Faults): Html | null {
  const definition: FaultDefinition = FAULTS[name]
  if (definition.kind === 'switch') return null
  const value = faults.is(name) ? faults.value(name) : definition.example
  const shown = (definition.kind === 'json' ? JSON.stringify(value) : String(value))
    .replaceAll('\r', '\\r')
    .replaceAll('\n', '\\n')
  if (definition.kind === 'choice') {
    const option = (choice: string) =>
      choice === shown ? html`<option selected>${choice}</option>` : html`<option>${choice}</option>`
    return html`<select name="value" aria-label="${name}">${definition.choices.map(option)}</select>`
  }
  const label = definition.kind === 'number' ? `${name}, ${definition.unit}` : name
  return html`<input name="value" aria-label="${label}" title="${label}" value="${shown}">`
}

function requestTable(received: readonly Received[]): Html {
  if (received.length === 0) return html`<p class="card empty soft">Nothing yet.</p>`
  const rows = received.slice(-MOST_ROWS).reverse().map(requestRow)
  return html`<div class="card scroll" tabindex="0"><table><thead><tr><th>When</th><th>Where</th><th>What</th><th>Answer</th></tr></thead><tbody>${rows}</tbody></table></div>`
}

function requestRow(entry: Received): Html {
  const at = entry.at.slice(11, 19)
  if (!('conversation' in entry)) {
    return html`<tr><td>${at}</td><td>${entry.service}</td><td>${entry.method} ${entry.path}</td><td>${entry.status ?? 'none'} ${entry.outcome}</td></tr>`
  }
  const last = entry.conversation.findLast(({ command }) => command.toUpperCase() !== 'QUIT')
  return html`<tr><td>${at}</td><td>${entry.service}</td><td>${entry.conversation.map(({ command }) => command.split(' ')[0] ?? '').join(' ')}</td><td>${last?.reply ?? ''}</td></tr>`
}
