import type { AuditEntry } from '../../audit/entry'
import type { AuditLog } from '../../audit/log'
import type { Locale, LocalisedCaller } from '../../i18n/locale'
import { actorName } from '../../kernel/actor'
import type { ExchangeOnlineSettings, MailServerSettings } from '../../kernel/mail-server-settings'
import { fail, ok, type Result } from '../../kernel/result'
import { RULE_WAY, type SenderObservation, type SenderWay, sameAddress } from '../../policy/sender'
import { parseSenderEmail } from '../../validation/email-address'
import type { ValidationError } from '../../validation/validation-error'
import type { TestEvent } from '../connection-test/report'
import type { TestRefusal } from '../connection-test/start'

import type { MailServers } from '../servers'
import type { SenderSearch, SendersContext, SendersStore, StoredSender } from './ports'
import { type SenderState, senderState } from './state'

/**
 * Senders of one mail server: delivery holds all of them in memory. Some ten kilobytes for each hundred; more people than this
 * send by another mail server.
 */
export const SENDERS_MAX = 10_000
/** Of one form: an audit row names them all. */
export const ADDED_MAX = 100
/** Rows read at a time while looking for those in a state. */
const BATCH_ROWS = 500

/** A sender besides the mail server's own. */
export interface SenderView {
  address: string
  way: SenderWay
  /** The mailbox that logs in. */
  login: string
  state: SenderState
  /** The newest word on it, whether or not it still holds; null: nobody knows yet. */
  word: SenderObservation | null
  /** Policy rules, on or off, that send as it; places are counted from 1. */
  rules: { place: number; name: string }[]
  /** Null: nobody entered it. */
  added: { by: string; at: Date } | null
}

export interface SendersRequest {
  text: string
  /** Null: any. */
  state: SenderState | null
  /** The list goes on behind this address; empty: from the first. */
  after: string
  rows: number
}

export interface SendersPage {
  settings: MailServerSettings
  /** Those that policy rules send as. */
  ofRules: SenderView[]
  individual: SenderView[]
  /** Behind which address the list goes on; null: it does not. */
  next: string | null
}

export interface OneSender {
  sender: SenderView
  settings: ExchangeOnlineSettings
}

type Gone = { kind: 'gone' }
/** Lines are counted from 1. */
export type AddFault =
  | Gone
  | { kind: 'lines'; lines: { line: number; text: string; validationError: ValidationError }[] }
  | { kind: 'none' }
  | { kind: 'too-many'; max: number }
  | { kind: 'full'; max: number }

/** The addresses that mail may leave as, besides each mail server's own, and what Exchange was last seen to think of them. */
export interface Senders {
  /** Null: there is no such mail server, or its settings cannot be read. */
  page(server: string, request: SendersRequest): Promise<SendersPage | null>
  /** Null: this mail server does not know it, or asks nobody who may send as whom. */
  one(server: string, address: string): Promise<OneSender | null>
  /** One address a line. What is there already stays as it is. */
  add(
    caller: LocalisedCaller,
    input: { server: string; typed: string; way: SenderWay },
  ): Promise<Result<{ added: number; known: number }, AddFault>>
  /** `from`: the way that was looked at. What was proven of it is void. */
  setWay(
    caller: LocalisedCaller,
    input: { server: string; address: string; from: SenderWay; to: SenderWay },
  ): Promise<Result<void, Gone | { kind: 'changed-meanwhile' }>>
  /** Mail of this person leaves as the fixed sender from now on. */
  remove(caller: LocalisedCaller, input: { server: string; address: string }): Promise<Result<void, Gone>>
  /** Sends a real message as this sender, by the very test of the mail server. Its outcome is the newest word on it. */
  verify(
    caller: LocalisedCaller,
    input: { server: string; address: string; to: string },
  ): Promise<Result<AsyncGenerator<TestEvent, void, void>, Gone | TestRefusal>>
  /** The lines that give it its permission in Exchange. */
  permission(one: OneSender, server: string, locale: Locale): Promise<string[]>
}

export interface SendersDeps {
  store: SendersStore
  servers: Pick<MailServers, 'list' | 'of'>
  context: SendersContext
  audit: Pick<AuditLog, 'record'>
}

export function createSenders({ store, servers, context, audit }: SendersDeps): Senders {
  const settingsOf = async (id: string) => (await servers.list()).find((server) => server.id === id)?.settings ?? null

  /** By address in lower case, the rules of this mail server that send as it. */
  async function namedByRules(id: string, own: string): Promise<Map<string, SenderView['rules']>> {
    const [rules, defaultId] = await Promise.all([context.rules(), context.defaultServer()])
    const named = new Map<string, SenderView['rules']>()
    for (const [at, { name, outcome }] of (rules?.rules ?? []).entries()) {
      if (outcome.verdict !== 'allow' || !outcome.sender || (outcome.server ?? defaultId) !== id) continue
      const address = outcome.sender.address.toLowerCase()
      if (sameAddress(address, own)) continue
      named.set(address, [...(named.get(address) ?? []), { place: at + 1, name }])
    }
    return named
  }

  function viewOf(
    stored: StoredSender | null,
    { settings, address, rules }: { settings: MailServerSettings; address: string; rules: SenderView['rules'] },
  ): SenderView {
    const way = stored?.way ?? RULE_WAY
    const login = way === 'login' ? address : settings.senderAddress
    const holds = stored?.digest != null && stored.digest === context.digestOf(settings, { address, mailbox: login })
    return {
      ...{ address, way, login, rules, word: stored?.word ?? null },
      state: senderState(stored?.word ?? null, holds),
      added: stored && stored.addedBy !== 'system' ? { by: stored.addedBy, at: stored.addedAt } : null,
    }
  }

  async function one(server: string, typed: string): Promise<OneSender | null> {
    const settings = await settingsOf(server)
    const address = typed.toLowerCase()
    if (settings?.type !== 'exchange-online-oauth2' || sameAddress(address, settings.senderAddress)) return null
    const [named, [stored = null]] = await Promise.all([
      namedByRules(server, settings.senderAddress),
      store.these(server, [address]),
    ])
    const rules = named.get(address)
    if (!stored && !rules) return null
    return { sender: viewOf(stored, { settings, address, rules: rules ?? [] }), settings }
  }

  /** Goes on until a page is full: which words still hold is known here only, not by the database. */
  async function individualPage(
    id: string,
    settings: MailServerSettings,
    except: readonly string[],
    { text, state, after, rows }: SendersRequest,
  ): Promise<Pick<SendersPage, 'individual' | 'next'>> {
    const search = { text: text.toLowerCase(), outcome: outcomeFor(state), except }
    const found: SenderView[] = []
    const take = state === null ? rows + 1 : BATCH_ROWS
    for (let from = after; ; ) {
      const batch = await store.search(id, search, { after: from, rows: take })
      for (const stored of batch) {
        const view = viewOf(stored, { settings, address: stored.address, rules: [] })
        if (state === null || view.state === state) found.push(view)
        if (found.length > rows) return { individual: found.slice(0, rows), next: found[rows - 1]?.address ?? null }
      }
      const last = batch.at(-1)
      if (!last || batch.length < take) return { individual: found, next: null }
      from = last.address
    }
  }

  const refused = async <F extends { kind: string }>(entry: AuditEntry, fault: F) => {
    await audit.record({ ...entry, result: 'refused', details: { ...entry.details, reason: fault.kind } })
    return fail(fault)
  }

  return {
    one,

    async page(id, request) {
      const settings = await settingsOf(id)
      if (!settings) return null
      if (settings.type === 'smtp') return { settings, ofRules: [], individual: [], next: null }
      const named = await namedByRules(id, settings.senderAddress)
      const addresses = [...named.keys()]
      const [stored, individual] = await Promise.all([
        store.these(id, addresses),
        individualPage(id, settings, [...addresses, settings.senderAddress.toLowerCase()], request),
      ])
      const ofRules = [...named].map(([address, rules]) =>
        viewOf(stored.find((each) => each.address === address) ?? null, { settings, address, rules }),
      )
      return { settings, ofRules, ...individual }
    },

    async add(caller, { server, typed, way }) {
      const settings = await settingsOf(server)
      if (settings?.type !== 'exchange-online-oauth2') return fail({ kind: 'gone' })
      const read = readAddresses(typed, settings.senderAddress)
      if (!read.ok) return read
      const addresses = read.value
      const by = actorName(caller.actor)
      const entry = (added: readonly string[]) =>
        senderEntry('sender.add', caller, added, {
          server,
          way,
          ...(added.length > 1 && { addresses: added.join(', ') }),
        })
      const written = await store.add(server, { addresses, way, by, max: SENDERS_MAX }, entry)
      if (written.ok) {
        const added = written.value.length
        return ok({ added, known: addresses.length - added })
      }
      if (written.error === 'gone') return fail({ kind: 'gone' })
      return refused(entry(addresses), { kind: 'full', max: SENDERS_MAX })
    },

    async setWay(caller, { server, address: typed, from, to }) {
      const known = await one(server, typed)
      if (!known) return fail({ kind: 'gone' })
      const { address } = known.sender
      const entry = senderEntry('sender.change-way', caller, [address], { server, from, to })
      const change = { address, from, to, by: actorName(caller.actor) }
      const written = from === to ? ok(undefined) : await store.setWay(server, change, entry)
      if (written.ok) return written
      return written.error === 'gone' ? fail({ kind: 'gone' }) : refused(entry, { kind: 'changed-meanwhile' })
    },

    async remove(caller, { server, address: typed }) {
      const address = typed.toLowerCase()
      const written = await store.remove(server, address, senderEntry('sender.remove', caller, [address], { server }))
      return written.ok ? written : fail({ kind: 'gone' })
    },

    async verify(caller, { server, address: typed, to }) {
      const room = servers.of(server)
      const [known, change] = await Promise.all([one(server, typed), room.savedChange()])
      if (!known || !change) return fail({ kind: 'gone' })
      const { address, login: mailbox } = known.sender
      if (known.sender.rules.length > 0) await store.note(server, { address, by: actorName(caller.actor) })
      const digest = context.digestOf(change.settings, { address, mailbox })
      return room.test(caller, { change: ok(change), to, dryRun: false, as: { address, mailbox, digest } })
    },

    permission: ({ sender: { address, login, way } }, server, locale) =>
      servers.of(server).permission({ address, mailbox: login, way }, locale),
  }
}

function outcomeFor(state: SenderState | null): SenderSearch['outcome'] {
  if (state === 'verified') return 'accepted'
  if (state === 'unverified') return 'none'
  return state === 'refused' ? 'refused' : null
}

/** What is typed, one address a line or separated by commas and the like; each once, in lower case. A line has at most one fault. */
function readAddresses(typed: string, own: string): Result<string[], AddFault> {
  const found = new Set<string>()
  const lines: Extract<AddFault, { kind: 'lines' }>['lines'] = []
  for (const [index, line] of typed.split(/\r\n|\r|\n/u).entries()) {
    const wrong: { text: string; validationError: ValidationError }[] = []
    for (const text of line.split(/[\s,;]+/u).filter((word) => word !== '')) {
      const parsed = parseSenderEmail(text)
      const isOwn = parsed.ok && sameAddress(parsed.value, own)
      const validationError: ValidationError | null = !parsed.ok ? parsed.error : isOwn ? { key: 'sender.own' } : null
      if (validationError) wrong.push({ text, validationError })
      else if (parsed.ok) found.add(parsed.value.toLowerCase())
    }
    const [first] = wrong
    if (first) {
      const text = wrong.map((each) => each.text).join(' ')
      lines.push({ line: index + 1, text: text.slice(0, SHOWN_CHARS_MAX), validationError: first.validationError })
    }
    if (found.size + lines.length > ADDED_MAX) return fail({ kind: 'too-many', max: ADDED_MAX })
  }
  if (lines.length > 0) return fail({ kind: 'lines', lines })
  return found.size === 0 ? fail({ kind: 'none' }) : ok([...found])
}

const SHOWN_CHARS_MAX = 80

function senderEntry(
  action: AuditEntry['action'],
  { actor, origin }: LocalisedCaller,
  addresses: readonly string[],
  { server, ...details }: AuditEntry['details'],
): AuditEntry {
  const subject = addresses.length === 1 ? `sender:${addresses[0]}` : `mail-server:${server}`
  return {
    action,
    actor,
    origin,
    result: 'done',
    subject,
    details: { server: server ?? null, count: addresses.length, ...details },
  }
}
