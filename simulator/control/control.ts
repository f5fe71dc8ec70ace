import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Federation } from '../entra/federation'
import type { Mailbox } from '../exchange/mailbox'
import { FAULTS, type FaultDefinition, isFaultName } from '../faults/fault-list'
import type { Faults } from '../faults/faults'
import { sendPage } from '../web/html'
import { readBody, sendJson } from '../web/https'
import type { ReceivedLog } from '../web/received'
import type { MovableClock } from '../world/clock'
import type { World } from '../world/world'
import { CHANGES, changeWorld, isChangeName } from '../world/world-changes'
import { controlPage, type Note } from './control-page'
import { arrivedPage } from './events'
import { EVERYDAY } from './everyday'

export interface ControlParts {
  world: () => World
  faults: Faults
  clock: MovableClock
  federation: Federation
  received: ReceivedLog
  mailbox: Mailbox
  /** Resets world, faults and everything that was received. */
  reset: () => void
}

/** Controls the simulator: a page for people, JSON for tests. Every POST takes JSON or a form. */
export class Control {
  /** The result of the last change, such as a new secret. The page shows it once. */
  #note: Note | null = null

  constructor(private readonly parts: ControlParts) {}

  async handle(request: IncomingMessage, response: ServerResponse, url: URL): Promise<void> {
    const { world, faults, received } = this.parts
    const path = url.pathname.replace(/\/$/, '')
    if (request.method === 'GET') {
      if (path === '/control') return this.#page(response)
      if (path === '/control/arrived') return sendPage(response, arrivedPage(received.all()))
      if (path === '/control/state') return sendJson(response, 200, this.#state())
      if (path === '/control/requests') return sendJson(response, 200, received.all())
      if (path === '/control/faults') return sendJson(response, 200, { inForce: faults.all(), known: FAULTS })
      if (path === '/control/clock') return sendJson(response, 200, this.#time())
      return sendJson(response, 404, { error: 'There is no such page.' })
    }
    if (request.method !== 'POST') return sendJson(response, 405, { error: 'Send GET or POST.' })
    const parameters = await readParameters(request)
    if (!parameters) return sendJson(response, 400, { error: 'Send a JSON object or a form.' })
    if (path === '/control/faults') {
      return this.#answer(
        request,
        response,
        faults.set(isForm(request) ? fromForm(parameters) : parameters),
        faults.all(),
      )
    }
    if (path === '/control/everyday') {
      return this.#answer(request, response, this.#turn(parameters), faults.all())
    }
    if (path === '/control/reset') {
      this.parts.reset()
      return this.#answer(request, response, null, this.#state())
    }
    if (path === '/control/clock')
      return this.#answer(request, response, setClock(this.parts.clock, parameters), this.#time())
    if (path === '/control/federation') {
      const order = this.parts.federation.order(parameters)
      return this.#answer(request, response, 'problem' in order ? order.problem : null, order)
    }
    const name = path.replace('/control/world/', '')
    if (!isChangeName(name)) {
      return sendJson(response, 404, { error: `There is no such change; they are ${Object.keys(CHANGES).join(', ')}` })
    }
    const { clock, federation } = this.parts
    const changed = changeWorld({ world: world(), parameters, now: clock.now(), federation: federation.facts() }, name)
    if (changed.ok && isForm(request)) this.#note = changed.result
    return this.#answer(
      request,
      response,
      changed.ok ? null : changed.problem,
      changed.ok ? { result: changed.result, state: this.#state() } : null,
    )
  }

  /** Turns one common fault on or off, or every fault off. Returns what is wrong with the request, or null. */
  #turn({ fault, turn, choice }: Record<string, unknown>): string | null {
    const place = { faults: this.parts.faults, world: this.parts.world() }
    if (turn === 'all-off') {
      for (const each of EVERYDAY) if (each.isOn(place)) each.turn(place, false)
      place.faults.clear()
      return null
    }
    const known = EVERYDAY.find(({ id }) => id === fault)
    if (!known) return `There is no such fault; they are ${EVERYDAY.map(({ id }) => id).join(', ')}`
    known.turn(place, turn === 'on', typeof choice === 'string' ? choice : undefined)
    return null
  }

  #time(): { now: string; offsetSeconds: number } {
    const { clock } = this.parts
    return { now: clock.now().toISOString(), offsetSeconds: Math.round(clock.offsetMs / 1000) }
  }

  /** A form is redirected to the page, a program gets JSON. */
  #answer(request: IncomingMessage, response: ServerResponse, problem: string | null, body: unknown): void {
    if (isForm(request)) {
      if (problem !== null) this.#note = problem
      response.writeHead(303, { location: '/control', 'content-length': 0 }).end()
      return
    }
    sendJson(response, problem === null ? 200 : 400, problem === null ? body : { error: problem })
  }

  #state(): unknown {
    return { ...this.parts.world(), faults: this.parts.faults.all(), messages: this.parts.mailbox.all().length }
  }

  #page(response: ServerResponse): void {
    const { world, faults, received } = this.parts
    const note = this.#note
    this.#note = null
    sendPage(response, controlPage({ time: this.#time(), world: world(), faults, received: received.all(), note }))
  }
}

const isForm = (request: IncomingMessage): boolean =>
  (request.headers['content-type'] ?? '').startsWith('application/x-www-form-urlencoded')

async function readParameters(request: IncomingMessage): Promise<Record<string, unknown> | null> {
  const body = await readBody(request)
  if (body === null) return null
  if (isForm(request)) return Object.fromEntries(new URLSearchParams(body))
  if (body.trim() === '') return {}
  try {
    const read: unknown = JSON.parse(body)
    return typeof read === 'object' && read !== null && !Array.isArray(read) ? { ...read } : null
  } catch {
    return null
  }
}

/** Takes `set` (a time), `advanceSeconds` or `real`. Returns what is wrong with it, or null. */
function setClock(clock: MovableClock, { set, advanceSeconds, real }: Record<string, unknown>): string | null {
  const at = new Date(typeof set === 'string' ? set : Number.NaN)
  const seconds = Number(advanceSeconds)
  if (real === true || real === 'true') clock.real()
  else if (!Number.isNaN(at.getTime())) clock.set(at)
  else if (advanceSeconds !== undefined && Number.isFinite(seconds)) clock.advance(seconds * 1000)
  else return 'Give “set” (a time), “advanceSeconds” (a number) or “real” (true).'
  return null
}

/** Reads the page's form: the fault, its value as typed, and the button that was pressed. */
function fromForm({ name, value, turn }: Record<string, unknown>): Record<string, unknown> {
  const fault = String(name)
  if (turn === 'off' || !isFaultName(fault)) return { [fault]: null }
  const { kind }: FaultDefinition = FAULTS[fault]
  const typed = String(value ?? '')
  if (kind === 'switch') return { [fault]: true }
  if (kind === 'number') return { [fault]: Number(typed) }
  // A text field has no other way to enter line ends than \r\n.
  if (kind === 'text') return { [fault]: typed.replaceAll('\\r', '\r').replaceAll('\\n', '\n') }
  return { [fault]: kind === 'json' ? parsed(typed) : typed }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return text
  }
}
