import type { AuditLog } from '../../audit'
import type { DbDeps } from '../../db'
import { compareNames, type MailServerSettings, SYSTEM_CALLER } from '../../kernel'
import { RULE_WAY, sameAddress } from '../../policy/sender'
import { loadRules } from '../../policy/store'
import type { MailServers } from '../servers'
import type { SenderCache } from './cache'
import { type SenderState, senderState } from './state'
import { loadSenders, readSenders, type StoredSender } from './store'

export interface SendersDeps extends DbDeps {
  audit: Pick<AuditLog, 'record'>
  servers: Pick<MailServers, 'list' | 'of' | 'defaultId'>
  senderCache: Pick<SenderCache, 'digestOf'>
}

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
    return { settings, ofRules: [], individual: [], unused: null, counts: NONE, matching: NONE, next: null }
  const outcomes = await rulesOf(deps, server)
  const rulesByAddress = rulesThatSendAs(outcomes, settings.senderAddress)
  const isRuled = outcomes.some(({ enabled, outcome }) => enabled && outcome.individual)
  const stored = await readSenders(deps.db, server)
  const ofRules = [...rulesByAddress].map(([address, rules]) =>
    viewOf(deps, stored.find((each) => each.address === address) ?? null, { settings, address, rules }),
  )
  const individual = stored
    .filter(({ address }) => !rulesByAddress.has(address) && !sameAddress(address, settings.senderAddress))
    .map((each) => viewOf(deps, each, { settings, address: each.address, rules: [] }))
  const all = [...ofRules, ...individual]
  const missing = isRuled ? null : ('no-rule' as const)
  const unused = settings.allowIndividualSenders ? missing : ('page-forbids' as const)
  return {
    settings,
    /** Senders that policy rules use and that match what is searched for. */
    ofRules: ofRules.filter(isMatch(request)),
    /** Why verified individual senders are not used, which needs the mail server and a rule to allow it; null if they are. */
    unused,
    /** All senders but the mail server's own, by state, whatever is searched for. */
    counts: countsOf(all),
    /** The same of those that match what is searched for. */
    matching: countsOf(all.filter(isMatch(request))),
    ...pageOf(individual, request),
  }
}

/** Addresses are searched in whichever case they are written. */
export const isMatch =
  ({ text }: Pick<SendersRequest, 'text'>) =>
  ({ address }: { address: string }): boolean =>
    address.toLowerCase().includes(text.toLowerCase())

function countsOf(senders: readonly SenderView[]) {
  const counts = { ...NONE }
  for (const { state } of senders) counts[state]++
  return counts
}

function pageOf(senders: readonly SenderView[], request: SendersRequest) {
  const { state, after, rows } = request
  const matching = senders
    .filter(isMatch(request))
    .filter((each) => state === null || each.state === state)
    .filter(({ address }) => inOrder(address, after) > 0)
    .sort((one, other) => inOrder(one.address, other.address))
  const individual = matching.slice(0, rows)
  // `next` is the address after which the next page starts; null on the last page.
  return { individual, next: matching.length > rows ? (individual.at(-1)?.address ?? null) : null }
}

/** With “printer2” before “printer10”. Never 0 for two addresses, although “printer02” and “printer2” have the same place. */
const inOrder = (one: string, other: string): number => compareNames(one, other) || (one > other ? 1 : -1)

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
  return (saved?.rules?.rules ?? []).flatMap(({ name, enabled, outcome }, index) =>
    outcome.verdict === 'allow' && (outcome.server ?? defaultId) === id
      ? [{ place: index + 1, name, enabled, outcome }]
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
