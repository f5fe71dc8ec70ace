import type { Caller } from '../../kernel/actor'
import type { Result } from '../../kernel/result'
import { compile, NO_RULES, type Policy, type Sending } from '..'
import type { PolicyFields } from '../draft'
import { fieldsOf, parsePolicy } from '../fields'
import { type Finding, lint } from '../lint'
import { type Coverage, coverageOf, coversSomebody } from './coverage'
import type { RulesDeps } from './deps'
import { type NamedServer, type StoredRules, serversOf } from './ports'
import { type RestoreRulesFault, type RulesSaved, restoreRules, saveRules } from './save'
import { type Tried, type TryFault, type TryInput, tryMail } from './simulate'

export interface RulesView {
  /** 0: nothing saved yet. */
  number: number
  savedBy: string
  savedAt: Date | null
  /** Something is saved and cannot be read (F-54); `fields` are empty then, and no mail that a person caused may leave. */
  unreadable: boolean
  fields: PolicyFields
  findings: Finding[]
  coverage: Coverage
  /** Of the default mail server; null: none is saved, or it cannot be read. */
  sender: SenderView | null
  /** Those that a rule may pick, the default one first. */
  servers: { id: string; name: string; sender: SenderView | null; covered: boolean }[]
}

/** What a draft is told. */
export interface Checked {
  /** Empty for one that does not parse. */
  findings: Finding[]
  coverage: Coverage
}

export interface SenderView {
  address: string
  type: Sending['server']['type']
}

/** Everything that is done with the policy rules. */
export interface PolicyRevisions {
  view(): Promise<RulesView>
  check(fields: PolicyFields): Promise<Checked>
  save(caller: Caller, input: { fields: PolicyFields; number: number }): Promise<RulesSaved>
  restore(
    caller: Caller,
    input: { restored: number; number: number },
  ): Promise<Result<{ number: number }, RestoreRulesFault>>
  tryMail(input: TryInput): Promise<Result<Tried[], TryFault>>
  revisions(page: { page: number; size: number }): Promise<{ rows: StoredRules[]; total: number }>
  /**
   * The rules that hold, ready for `decide`; null: they cannot be read, and no mail that a person caused may leave.
   * @param newest their number, of whoever has just read it: it is not asked for again.
   */
  current(newest?: number): Promise<{ number: number; policy: Policy } | null>
}

const PAGE_MAX = 100_000

export function createPolicyRevisions(deps: RulesDeps): PolicyRevisions {
  const { store, sending } = deps
  let compiled: { number: number; policy: Policy } | null = null
  return {
    async view() {
      const [saved, servers] = await Promise.all([store.load(), sending.servers()])
      const rules = saved ? saved.rules : NO_RULES
      return {
        number: saved?.number ?? 0,
        savedBy: saved?.savedBy ?? '',
        savedAt: saved?.savedAt ?? null,
        unreadable: rules === null,
        fields: fieldsOf(rules ?? NO_RULES),
        findings: rules ? lint(rules, serversOf(servers)) : [],
        coverage: coverageOf(fieldsOf(rules ?? NO_RULES), serversOf(servers)),
        sender: senderOf(servers.find(({ isDefault }) => isDefault)),
        servers: servers.map((each) => ({
          ...{ id: each.id, name: each.name, sender: senderOf(each) },
          covered: coversSomebody(each.sending),
        })),
      }
    },
    async check(fields) {
      const servers = serversOf(await sending.servers())
      const parsed = parsePolicy(fields)
      return {
        findings: parsed.ok ? lint(parsed.value, servers) : [],
        coverage: coverageOf(fields, servers),
      }
    },
    save: (caller, input) => saveRules(deps, caller, input),
    restore: (caller, input) => restoreRules(deps, caller, input),
    tryMail: (input) => tryMail(deps, input),
    revisions: ({ page, size }) => store.revisions({ page: Math.min(PAGE_MAX, page), size }),
    async current(newest) {
      // Asked for at each attempt: expressions are compiled once for each revision.
      if (compiled && compiled.number >= (newest ?? (await store.newest()))) return compiled
      const saved = await store.load()
      if (saved && !saved.rules) return null
      compiled = { number: saved?.number ?? 0, policy: compile(saved?.rules ?? NO_RULES) }
      return compiled
    },
  }
}

const senderOf = (server: NamedServer | undefined): SenderView | null =>
  server?.sending ? { address: server.sending.server.senderAddress, type: server.sending.server.type } : null

export type { Coverage } from './coverage'
export type { StoredRules } from './ports'
export type { RulesSaved } from './save'
export type { Tried, TryFault } from './simulate'
