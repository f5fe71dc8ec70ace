import type { Pattern } from './pattern'

/** Who may send as whom, to whom: the rules in order, in normal form. The first that matches decides. */
export interface PolicyRules {
  rules: readonly Rule[]
  /** What happens to a mail that no rule matches: it leaves as the mail server's own sender, or not at all. */
  otherwise: Verdict
}

export type Verdict = 'allow' | 'decline'

export interface Rule {
  /** Stays the same through every revision, so that two of them can be compared. */
  id: string
  name: string
  /** A rule that is off matches nothing. */
  enabled: boolean
  /** Empty: anyone. */
  senders: readonly Pattern[]
  /** Empty: anyone. */
  recipients: readonly Pattern[]
  outcome: RuleOutcome
}

export type RuleOutcome =
  | { verdict: 'decline' }
  | {
      verdict: 'allow'
      /** Null: its mail server's own sender. */
      sender: Mailbox | null
      /** A mail may carry the address of the person who caused it. */
      individual: boolean
      /** Id of the mail server by which it leaves; null: the default one. */
      server: string | null
    }

/** Id of the mail server that a rule picks. Null: none; what it matches is declined, or leaves by the default one. */
export const serverPicked = (outcome: RuleOutcome): string | null =>
  outcome.verdict === 'allow' ? outcome.server : null

/** Ids of mail servers that rules name, whether they are on or off. */
export const serversNamed = ({ rules }: PolicyRules): string[] => [
  ...new Set(rules.map(({ outcome }) => serverPicked(outcome)).filter((id) => id !== null)),
]

/** `name` may be empty. */
export interface Mailbox {
  address: string
  name: string
}

/** Until rules are saved: every mail leaves as the mail server's own sender. */
export const NO_RULES: PolicyRules = { rules: [], otherwise: 'allow' }

/** Bounds of what one decision has to look at and one form has to carry; an organisation's rules are some ten. */
export const RULES_MAX = 50
/** On each side of a rule. */
export const PATTERNS_MAX = 100
/** In all rules together: each may cost a few milliseconds a mail where every other pattern costs none. */
export const REGEXES_MAX = 50
/** Everything typed in all rules together. */
export const TEXT_CHARS_MAX = 20_000
