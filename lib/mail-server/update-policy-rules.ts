import type { AuditEntry } from '../audit/entry'
import type { LocalisedCaller } from '../i18n/locale'
import type { MailServerSettings } from '../kernel/mail-server-settings'
import { fail, ok, type Result } from '../kernel/result'
import { type OfServer, replaceSender, rulesSendingAs } from '../policy/replace-sender'
import { sameAddress } from '../policy/sender'
import type { MailServerDeps } from './deps'
import type { SettingsWrite } from './ports'

/**
 * What becomes of policy rules that name the former sender: `ask` refuses the save while there are any, `leave` leaves them,
 * `bring` gives them the new one, in the same save; `seen` is the revision of the rules that was looked at.
 */
export type RulesChoice = { kind: 'ask' } | { kind: 'leave' } | { kind: 'bring'; seen: number }

/** Policy rules that send as the former sender of the mail server, in their order; places are counted from 1. */
export interface RulesAffected {
  kind: 'rules'
  /** Revision of the rules that this was read from. */
  number: number
  from: string
  to: string
  rules: { place: number; name: string }[]
}

/** Looks at every rule when the sender changes. */
export async function rulesAlong(
  { policy, store }: MailServerDeps,
  caller: LocalisedCaller,
  choice: RulesChoice,
  { before, after }: { before: MailServerSettings | null; after: MailServerSettings },
): Promise<Result<SettingsWrite['policy'], RulesAffected>> {
  if (!before || choice.kind === 'leave' || sameAddress(before.senderAddress, after.senderAddress)) return ok(null)
  const saved = await policy.load()
  if (!saved?.rules) return ok(null)
  const { number, rules } = saved
  const [from, to] = [before.senderAddress, after.senderAddress]
  const isDefault = store.id === (await policy.defaultServer())
  const isOf: OfServer = (picked) => (picked === null ? isDefault : picked === store.id)
  const affected = rulesSendingAs(rules, from, isOf)
  if (affected.length === 0) return ok(null)
  const named = affected.map((rule) => ({ place: rules.rules.indexOf(rule) + 1, name: rule.name }))
  if (choice.kind === 'ask' || choice.seen !== number) return fail({ kind: 'rules', number, from, to, rules: named })
  const changed = named.map(({ name }) => name).join(', ')
  return ok({
    after: number,
    rules: replaceSender(rules, { from, to, isOf }),
    audit: rulesEntry(caller, { number: number + 1, rules: rules.rules.length, changed, sender: to }),
  })
}

const rulesEntry = ({ actor, origin }: LocalisedCaller, details: AuditEntry['details']): AuditEntry => ({
  action: 'policy.save',
  actor,
  origin,
  result: 'done',
  subject: 'policy',
  details,
})
