import { FAULT_GROUPS, FAULTS, type FaultDefinition, type FaultName } from '../faults/fault-list'
import type { Faults } from '../faults/faults'
import { type Html, html, type Page } from '../web/html'
import type { Received } from '../web/received'
import type { World } from '../world/world'
import { tenantSection } from './world-cards'

interface Shown {
  /** Microsoft's time, as shown on the page. */
  time: { now: string; offsetSeconds: number }
  world: World
  faults: Faults
  received: readonly Received[]
  note: string | null
}

const MOST_ROWS = 25

export function controlPage({ time, world, faults, received, note }: Shown): Page {
  return {
    title: 'Control · Simulated Microsoft 365',
    here: 'control',
    body: html`${note === null ? null : html`<p class="card note" role="status">${note}</p>`}
<div class="bar"><h1>Control</h1><form method="post" action="/control/reset"><button name="all" value="1">Reset everything</button></form></div>
<p class="soft">Break this Microsoft 365 the way real ones break, and see what the console makes of it. A change holds at once, until it is taken back.</p>
${clockCard(time)}
${world.tenants.map(tenantSection)}
${FAULT_GROUPS.map((group) => faultSection(group, faults))}
<h2>What was received</h2>${requestTable(received)}
<p class="soft small">For programs: <a href="/control/state">state</a>, <a href="/control/faults">faults</a>, <a href="/control/requests">requests</a> as JSON.</p>`,
  }
}

const STEPS: readonly (readonly [label: string, seconds: number])[] = [
  ['An hour on', 3600],
  ['A day on', 86_400],
  ['A month on', 30 * 86_400],
  ['A year on', 365 * 86_400],
]

function clockCard({ now, offsetSeconds }: Shown['time']): Html {
  const step = ([label, seconds]: (typeof STEPS)[number]) =>
    html`<form method="post" action="/control/clock"><input type="hidden" name="advanceSeconds" value="${seconds}"><button>${label}</button></form>`
  const back = html`<form method="post" action="/control/clock"><input type="hidden" name="real" value="true"><button>Back to now</button></form>`
  return html`<div class="card"><p>Microsoft’s clock says <b>${now.slice(0, 19).replace('T', ' ')} UTC</b>${offsetSeconds === 0 ? '' : ', which is not the time'}.</p>
<div class="acts">${STEPS.map(step)}${offsetSeconds === 0 ? null : back}</div></div>`
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
  const current = (definition.kind === 'json' ? JSON.stringify(value) : String(value))
    .replaceAll('\r', '\\r')
    .replaceAll('\n', '\\n')
  if (definition.kind === 'choice') {
    const option = (choice: string) =>
      choice === current ? html`<option selected>${choice}</option>` : html`<option>${choice}</option>`
    return html`<select name="value" aria-label="${name}">${definition.choices.map(option)}</select>`
  }
  const label = definition.kind === 'number' ? `${name}, ${definition.unit}` : name
  return html`<input name="value" aria-label="${label}" title="${label}" value="${current}">`
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
