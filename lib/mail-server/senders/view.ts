import type { AuditLog } from '../../audit'
import type { DbDeps } from '../../db'
import { type MailServerSettings, SYSTEM_CALLER } from '../../kernel'
import { RULE_WAY, sameAddress } from '../../policy/sender'
import { loadRules } from '../../policy/store'
import type { MailServers } from '../servers'
import type { SenderCache } from './cache'
import { type SenderState, senderState } from './state'
import { loadSenders, readSenders, type SenderSearch, type StoredSender, searchSenders } from './store'

export interface SendersDeps extends DbDeps {
  audit: Pick<AuditLog, 'record'>
  servers: Pick<MailServers, 'list' | 'of' | 'defaultId'>
  senderCache: Pick<SenderCache, 'digestOf'>
}

/** Rows read at a time while the list is filtered by state. */
const BATCH_ROWS = 500

const NONE: Readonly<Record<SenderState, number>> = { verified: 0, refused: 0, unverified: 0, outdated: 0 }

/** A policy rule, enabled or not, that sends as an address. Places are counted from 1. */
type SendingRule = { place: number; name: string }

export interface SendersRequest {
  text: string
  /** Null for any state. */
  state: SenderState | null
  /** The page starts after this address; empty for the first page. */
  after: string
  rows: number
}

export type SendersPage = NonNullable<Awaited<ReturnType<typeof page>>>
/** Null if there is no such mail server, or if its settings cannot be read. */
export async function page(deps: SendersDeps, server: string, request: SendersRequest) {
  const settings = await settingsOf(deps, server)
  if (!settings) return null
  if (settings.type === 'smtp')
    return { settings, ofRules: [], individual: [], unused: null, counts: { ...NONE }, next: null }
  const outcomes = await rulesOf(deps, server)
  const rulesByAddress = rulesThatSendAs(outcomes, settings.senderAddress)
  const isRuled = outcomes.some(({ enabled, outcome }) => enabled && outcome.individual)
  const addresses = [...rulesByAddress.keys()]
  const [stored, individual] = await Promise.all([
    readSenders(deps.db, server),
    individualPage(deps, server, settings, [...addresses, settings.senderAddress.toLowerCase()], request),
  ])
  const ofRules = [...rulesByAddress].map(([address, rules]) =>
    viewOf(deps, stored.find((each) => each.address === address) ?? null, { settings, address, rules }),
  )
  const counts = { ...NONE }
  for (const { state } of ofRules) counts[state]++
  for (const each of stored) {
    if (rulesByAddress.has(each.address) || sameAddress(each.address, settings.senderAddress)) continue
    counts[viewOf(deps, each, { settings, address: each.address, rules: [] }).state]++
  }
  const unused = !settings.allowIndividualSenders ? 'page-forbids' : isRuled ? null : 'no-rule'
  return {
    settings,
    /** Senders that policy rules use. */
    ofRules,
    /** Why verified individual senders are not used, which needs the mail server and a rule to allow it; null if they are. */
    unused: unused as typeof unused,
    /** All senders but the mail server's own, by state, whatever is searched for. */
    counts,
    ...individual,
  }
}

export type OneSender = NonNullable<Awaited<ReturnType<typeof one>>>
/** Null if this mail server does not know the sender, or does not check senders. */
export async function one(deps: SendersDeps, server: string, typed: string) {
  const settings = await settingsOf(deps, server)
  const address = typed.toLowerCase()
  if (settings?.type !== 'exchange-online-oauth2' || sameAddress(address, settings.senderAddress)) return null
  const [outcomes, [stored = null]] = await Promise.all([
    rulesOf(deps, server),
    loadSenders(deps.db, server, [address]),
  ])
  const rules = rulesThatSendAs(outcomes, settings.senderAddress).get(address)
  if (!stored && !rules) return null
  return { sender: viewOf(deps, stored, { settings, address, rules: rules ?? [] }), settings }
}

/** Null if there is no such mail server, or if its settings cannot be read. */
export const settingsOf = async ({ servers }: SendersDeps, id: string): Promise<MailServerSettings | null> =>
  (await servers.list()).find((server) => server.id === id)?.settings ?? null

/** The rules that send through this mail server, enabled or not. */
async function rulesOf({ db, servers }: SendersDeps, id: string) {
  const [saved, defaultId] = await Promise.all([loadRules(db), servers.defaultId()])
  return (saved?.rules?.rules ?? []).flatMap(({ name, enabled, outcome }, at) =>
    outcome.verdict === 'allow' && (outcome.server ?? defaultId) === id
      ? [{ place: at + 1, name, enabled, outcome }]
      : [],
  )
}

/** The rules that send as an address, by that address in lower case. The mail server's own sender is left out. */
function rulesThatSendAs(rules: Awaited<ReturnType<typeof rulesOf>>, own: string): Map<string, SendingRule[]> {
  const rulesByAddress = new Map<string, SendingRule[]>()
  for (const { place, name, outcome } of rules) {
    const address = outcome.sender?.address.toLowerCase() ?? own
    if (sameAddress(address, own)) continue
    rulesByAddress.set(address, [...(rulesByAddress.get(address) ?? []), { place, name }])
  }
  return rulesByAddress
}

/** A sender besides the mail server's own. */
export type SenderView = ReturnType<typeof viewOf>
function viewOf(
  { senderCache }: SendersDeps,
  stored: StoredSender | null,
  { settings, address, rules }: { settings: MailServerSettings; address: string; rules: readonly SendingRule[] },
) {
  const way = stored?.way ?? RULE_WAY
  /** The mailbox that logs in. */
  const login = way === 'login' ? address : settings.senderAddress
  const applies =
    stored?.digest != null && stored.digest === senderCache.digestOf(settings, { address, mailbox: login })
  return {
    address,
    way,
    login,
    rules,
    state: senderState(stored?.result ?? null, applies),
    /** The newest result, whether or not it still applies; null if there is none yet. */
    result: stored?.result ?? null,
    /** Null if no one entered it. */
    added: stored && stored.addedBy !== SYSTEM_CALLER.actor.kind ? { by: stored.addedBy, at: stored.addedAt } : null,
  }
}

/** Reads until the page is full: whether a result still applies is decided here, because the database cannot. */
async function individualPage(
  deps: SendersDeps,
  id: string,
  settings: MailServerSettings,
  except: readonly string[],
  { text, state, after, rows }: SendersRequest,
) {
  const search = { text: text.toLowerCase(), outcome: outcomeFor(state), except }
  const matches: SenderView[] = []
  const batchRows = state === null ? rows + 1 : BATCH_ROWS
  for (let from = after; ; ) {
    const batch = await searchSenders(deps.db, id, search, { after: from, rows: batchRows })
    for (const stored of batch) {
      const view = viewOf(deps, stored, { settings, address: stored.address, rules: [] })
      if (state === null || view.state === state) matches.push(view)
      // `next` is the address after which the next page starts; null on the last page.
      if (matches.length > rows) return { individual: matches.slice(0, rows), next: matches[rows - 1]?.address ?? null }
    }
    const last = batch.at(-1)
    if (!last || batch.length < batchRows) return { individual: matches, next: null }
    from = last.address
  }
}

function outcomeFor(state: SenderState | null): SenderSearch['outcome'] {
  if (state === 'verified') return 'accepted'
  if (state === 'unverified') return 'none'
  return state === 'refused' ? 'refused' : null
}
