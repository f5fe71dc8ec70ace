import { FAULT_GROUPS, FAULTS, type FaultDefinition, type FaultGroup, type FaultName } from '../faults/fault-list'
import type { Faults } from '../faults/faults'
import { answer, type Html, html, type Page } from '../web/html'
import type { Received } from '../web/received'
import type { World } from '../world/world'
import { eventList } from './events'
import { activeFaults, EVERYDAY, EVERYDAY_GROUPS, type EverydayFault } from './everyday'
import { day, tenantFold } from './world-cards'

interface Shown {
  /** Microsoft's time, as shown on the page. */
  time: { now: string; offsetSeconds: number }
  world: World
  faults: Faults
  received: readonly Received[]
  note: Note | null
}

/** What is wrong with the last change, or its result, such as a new secret. */
export type Note = string | object

const MOST_EVENTS = 6

export function controlPage({ time, world, faults, received, note }: Shown): Page {
  return {
    title: 'Control · Simulated Microsoft 365',
    here: 'control',
    body: html`<h1 class="sr">Control</h1>${note === null ? null : notePanel(note)}
${whatIsOn({ world, faults })}
<div class="columns"><div class="stack"><div class="pair">${EVERYDAY_GROUPS.map((group) => everydayPanel(group, { world, faults }))}</div>
<h2>All ${Object.keys(FAULTS).length} faults <span class="faint">For tests; each has its name in <code>/control/faults</code></span></h2>
<div class="panel folds">${FAULT_GROUPS.map((group) => faultFold(group, faults))}</div></div>
<aside class="stack">${clockPanel(time)}
<section class="panel"><h2>Tenants</h2>${world.tenants.map(tenantFold)}</section>
<section class="panel"><h2>What arrived <a class="small" href="/control/arrived">All</a></h2>${eventList(received.slice(-MOST_EVENTS))}</section>
<section class="panel"><h2>Start over</h2><p class="faint">Tenants, faults, clock and everything that arrived.</p>
<form class="acts" method="post" action="/control/reset"><button name="all" value="1">Reset everything</button></form></section>
<p class="faint">For programs: <a href="/control/state">state</a>, <a href="/control/faults">faults</a>, <a href="/control/requests">requests</a> as JSON</p></aside></div>`,
  }
}

/** As Entra names what it shows of a new secret. Other results are shown with the names that programs get. */
const LABELS: Record<string, string> = { keyId: 'Secret ID', value: 'Value', hint: 'Begins with', expiresAt: 'Expires' }

function notePanel(note: Note): Html {
  if (typeof note === 'string') return html`<p class="panel note" role="status">${note}</p>`
  const facts = Object.entries(note).map(([name, value]: [string, unknown]) => {
    const text = value instanceof Date ? `${day(value)} UTC` : String(value)
    return html`<dt>${LABELS[name] ?? name}</dt><dd><code>${text}</code></dd>`
  })
  return html`<section class="panel note" role="status"><h2>Shown once</h2><dl>${facts}</dl></section>`
}

const NUMBERS = ['No', 'One', 'Two', 'Three', 'Four', 'Five', 'Six', 'Seven', 'Eight', 'Nine', 'Ten']

function whatIsOn(place: Pick<Shown, 'world' | 'faults'>): Html {
  const { everyday, remaining } = activeFaults(place)
  const count = everyday.length + remaining.length
  if (count === 0)
    return answer({
      tone: 'good',
      mark: 'tick',
      title: 'Everything works.',
      detail: 'Switch a fault on, send a test message in the console, and see what it says.',
    })
  const names = [...everyday.map(({ title }) => title), ...remaining].join('. ')
  return answer({
    tone: 'warn',
    mark: count,
    title: count === 1 ? 'One fault is on.' : `${NUMBERS[count] ?? count} faults are on.`,
    detail: `${names}. Send a test message in the console and see what it says.`,
    action: html`<form method="post" action="/control/everyday"><button class="primary" name="turn" value="all-off">Turn everything off</button></form>`,
  })
}

function everydayPanel(group: EverydayFault['group'], place: Pick<Shown, 'world' | 'faults'>): Html {
  const faults = EVERYDAY.filter((fault) => fault.group === group)
  return html`<section class="panel"><h2>${group}</h2><ul class="switches">${faults.map((fault) => everydaySwitch(fault, place))}</ul></section>`
}

function everydaySwitch(fault: EverydayFault, place: Pick<Shown, 'world' | 'faults'>): Html {
  const { id, title, detail, choices } = fault
  const isOn = fault.isOn(place)
  const current = fault.cause === undefined ? undefined : place.faults.value(fault.cause)
  const option = (choice: string) =>
    html`<option value="${choice}"${choice === current ? html` selected` : ''}>${choice.replaceAll('-', ' ')}</option>`
  return html`<li><form method="post" action="/control/everyday"><input type="hidden" name="fault" value="${id}">
<div><h3 id="${id}">${title}</h3><p class="faint">${detail}</p></div>
<button class="switch" role="switch" aria-checked="${String(isOn)}" aria-labelledby="${id}" name="turn" value="${isOn ? 'off' : 'on'}"></button>
${choices ? html`<select name="choice" aria-label="${title}">${choices.map(option)}</select>` : null}</form></li>`
}

const STEPS: readonly (readonly [label: string, seconds: number])[] = [
  ['+ 1 hour', 3600],
  ['+ 1 day', 86_400],
  ['+ 30 days', 30 * 86_400],
  ['+ 1 year', 365 * 86_400],
]

const DAY = new Intl.DateTimeFormat('en-GB', { dateStyle: 'long', timeZone: 'UTC' })

function clockPanel({ now, offsetSeconds }: Shown['time']): Html {
  const step = ([label, seconds]: (typeof STEPS)[number]) =>
    html`<form method="post" action="/control/clock"><input type="hidden" name="advanceSeconds" value="${seconds}"><button>${label}</button></form>`
  const back = html`<form method="post" action="/control/clock"><input type="hidden" name="real" value="true"><button>Back to now</button></form>`
  return html`<section class="panel"><h2>Clock</h2><p class="time"><b>${now.slice(11, 16)}</b> <span class="soft small">UTC, ${DAY.format(new Date(now))}</span></p>
<div class="acts">${STEPS.map(step)}${offsetSeconds === 0 ? null : back}</div>
<p class="faint">${offsetSeconds === 0 ? 'Lets secrets expire without waiting.' : 'Microsoft’s clock does not show the real time.'}</p></section>`
}

/** What the faults of a group are about. */
const ABOUT: Record<FaultGroup, { title: string; about: string }> = {
  Entra: { title: 'Entra: how it answers', about: 'Silence, delay, throttling, broken answers, certificates' },
  Token: { title: 'The token', about: 'Audience, tenant, roles, times, size' },
  Graph: { title: 'Microsoft Graph', about: 'Errors, paging, lost answers' },
  Identity: { title: 'Managed identity', about: 'Refusal, delay, silence' },
  Webhook: { title: 'Webhook inbox', about: 'Refusal, delay, redirect' },
  'SMTP connection': { title: 'SMTP connection', about: 'Greeting, TLS, certificates' },
  'SMTP conversation': { title: 'SMTP conversation', about: 'Replies, stalls, drops at a chosen step' },
  Clock: { title: 'Clock', about: 'Microsoft’s clock runs ahead' },
}

function faultFold(group: FaultGroup, faults: Faults): Html {
  const names = (Object.keys(FAULTS) as FaultName[]).filter((name) => FAULTS[name].group === group)
  const { title, about } = ABOUT[group]
  return html`<details><summary>${title} <span>${about}</span><span class="count">${names.length}</span></summary>${names.map((name) => faultRow(name, faults))}</details>`
}

function faultRow(name: FaultName, faults: Faults): Html {
  const on = faults.is(name)
  const buttons = on
    ? html`<button name="turn" value="on">Change</button><button name="turn" value="off">Turn off</button>`
    : html`<button name="turn" value="on">Turn on</button>`
  const only = FAULTS[name].kind === 'switch' && on ? html`<button name="turn" value="off">Turn off</button>` : buttons
  return html`<section class="fault${on ? ' on' : ''}"><h3>${name}</h3><p class="faint">${FAULTS[name].does}</p>
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
