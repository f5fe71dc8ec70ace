import { auditEntry } from '../audit'
import { defaultMailServerId } from '../db/default-mail-server'
import type { LocalisedCaller } from '../i18n/locale'
import { fail, type MailServerSettings, ok, type Result } from '../kernel'
import { type MeansServer, replaceSender, rulesSendingAs, sameAddress } from '../policy/sender'
import { loadRules } from '../policy/store'
import type { MailServerDeps } from './deps'
import type { SettingsWrite } from './store/settings'

/**
 * What happens to policy rules that name the previous sender: `ask` refuses the save while there are any, `leave` leaves them
 * unchanged, `replace` gives them the new sender in the same save. `revision` is the revision of the rules that the person saw.
 */
export type RulesChoice = { kind: 'ask' } | { kind: 'leave' } | { kind: 'replace'; revision: number }

/** Policy rules that send as the previous sender of the mail server, in their order. Places are counted from 1. */
export interface RulesAffected {
  kind: 'rules'
  /** Revision of the rules. */
  number: number
  from: string
  to: string
  rules: { place: number; name: string }[]
}

/** The next revision of the policy rules, if a new sender of this mail server changes them; else null. */
export async function rulesForNewSender(
  { id, db }: MailServerDeps,
  caller: LocalisedCaller,
  choice: RulesChoice,
  { before, after }: { before: MailServerSettings | null; after: MailServerSettings },
): Promise<Result<SettingsWrite['policy'], RulesAffected>> {
  if (!before || choice.kind === 'leave' || sameAddress(before.senderAddress, after.senderAddress)) return ok(null)
  const saved = await loadRules(db)
  if (!saved?.rules) return ok(null)
  const { number, rules } = saved
  const [from, to] = [before.senderAddress, after.senderAddress]
  const isDefault = id === (await defaultMailServerId(db))
  const meansServer: MeansServer = (picked) => (picked === null ? isDefault : picked === id)
  const affected = rulesSendingAs(rules, from, meansServer)
  if (affected.length === 0) return ok(null)
  const named = affected.map((rule) => ({ place: rules.rules.indexOf(rule) + 1, name: rule.name }))
  if (choice.kind === 'ask' || choice.revision !== number)
    return fail({ kind: 'rules', number, from, to, rules: named })
  const changed = named.map(({ name }) => name).join(', ')
  const details = { number: number + 1, rules: rules.rules.length, changed, sender: to }
  return ok({
    basedOn: number,
    rules: replaceSender(rules, { from, to, meansServer }),
    audit: auditEntry('policy.save', caller, 'policy', details),
  })
}
