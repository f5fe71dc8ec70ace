import { canUseIndividualSenders, coverageOf, ruleSenders } from './coverage'
import { type PolicyDeps, sendingBy } from './deps'
import type { PolicyFields } from './draft'
import { fieldsOf, parsePolicy } from './fields'
import { contradictsServers, lint } from './lint'
import { examplesOf, impactOf, type Tried } from './recent'
import { NO_RULES, type PolicyRules } from './rules'
import type { ServerLookup } from './sender'
import { loadRules, type RecentMail, recentMail } from './store'

export type DraftPreview = ReturnType<typeof evaluate>

export type RulesView = Awaited<ReturnType<typeof view>>

/** The saved rules, with what is likely wrong with them and the mail servers they may name. */
export async function view({ db, clock, mailServers }: PolicyDeps) {
  const [saved, servers, mail] = await Promise.all([loadRules(db), mailServers.list(), recentMail(db, clock.now())])
  const rules = saved ? saved.rules : NO_RULES
  const fields = fieldsOf(rules ?? NO_RULES)
  return {
    /** The newest revision; 0 if nothing was saved yet. */
    number: saved?.number ?? 0,
    savedBy: saved?.savedBy ?? '',
    savedAt: saved?.savedAt ?? null,
    /** The saved rules cannot be read. `fields` are empty then, and no message with an originator may be sent. */
    unreadable: rules === null,
    fields,
    ...evaluate(fields, { saved: rules, draft: rules }, { servers: sendingBy(servers), mail, tried: NOTHING_TRIED }),
    /** The mail servers that a rule may pick, the default one first. */
    servers: servers.map((server) => ({
      id: server.id,
      name: server.name,
      sender: server.sending && { address: server.sending.server.senderAddress, type: server.sending.server.type },
      covered: canUseIndividualSenders(server.sending),
    })),
  }
}

/** Whether a saved rule names a mail server or a sender that cannot be used. */
export async function needsAttention({ db, mailServers }: PolicyDeps): Promise<boolean> {
  const { rules } = (await loadRules(db)) ?? {}
  return rules != null && rules.rules.length > 0 && contradictsServers(rules, sendingBy(await mailServers.list()))
}

const NOTHING_TRIED: Tried = { originator: '', recipients: '' }

export async function preview(
  { db, clock, mailServers }: PolicyDeps,
  fields: PolicyFields,
  tried: Tried = NOTHING_TRIED,
): Promise<DraftPreview> {
  const [stored, list, mail] = await Promise.all([loadRules(db), mailServers.list(), recentMail(db, clock.now())])
  // A rule can be evaluated before it has a name.
  const named = parsePolicy({
    ...fields,
    rules: fields.rules.map((rule) => ({ ...rule, name: rule.name.trim() || 'x' })),
  })
  const [draft, saved] = [named.ok ? named.value : null, stored ? stored.rules : NO_RULES]
  // Each rule is also looked at alone, which takes seconds if they are more than may be saved in all.
  const isTooMuch = !named.ok && named.error.some(({ rule }) => rule === null)
  return evaluate(
    isTooMuch ? { ...fields, rules: [] } : fields,
    { draft, saved },
    { servers: sendingBy(list), mail, tried },
  )
}

/** What is said about rules, which are null if they cannot be parsed. */
const evaluate = (
  fields: PolicyFields,
  { saved, draft }: Record<'saved' | 'draft', PolicyRules | null>,
  { servers, mail, tried }: { servers: ServerLookup; mail: readonly RecentMail[]; tried: Tried },
) => ({
  /** Whether the draft can be evaluated. Otherwise it has neither findings nor an impact. */
  isSound: draft !== null,
  findings: draft ? lint(draft, servers) : [],
  coverage: coverageOf(fields, servers),
  senders: ruleSenders(fields, servers),
  examples: examplesOf(fields, mail, tried),
  /** Null if the draft, or what is saved, cannot be evaluated. */
  impact: saved && draft && impactOf(mail, { saved, draft, servers }),
})
