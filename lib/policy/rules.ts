import type { Pattern } from './pattern'

/** The rules in order and in normal form. The first one that matches decides. */
export interface PolicyRules {
  rules: readonly Rule[]
  /** The default action for messages that no rule matches. `allow` sends them as the mail server's sender. */
  otherwise: Verdict
}

export type Verdict = 'allow' | 'decline'

export interface Rule {
  /** Stays the same in every revision, so that revisions can be compared. */
  id: string
  name: string
  /** A rule that is off matches nothing. */
  enabled: boolean
  /** An empty list matches anyone. */
  senders: readonly Pattern[]
  /** An empty list matches anyone. */
  recipients: readonly Pattern[]
  outcome: RuleOutcome
}

export type RuleOutcome =
  | { verdict: 'decline' }
  | {
      verdict: 'allow'
      /** Null for the sender of its mail server. */
      sender: Mailbox | null
      /** The message may be sent from the originator's address. */
      individual: boolean
      /** Id of the mail server to use, or null for the default one. */
      server: string | null
    }

/** Id of the mail server that a rule picks. Null if it declines, or uses the default one. */
export const serverPicked = (outcome: RuleOutcome): string | null =>
  outcome.verdict === 'allow' ? outcome.server : null

/** Ids of the mail servers that rules name, including rules that are off. */
export const serversNamed = ({ rules }: PolicyRules): string[] => [
  ...new Set(rules.map(({ outcome }) => serverPicked(outcome)).filter((id) => id !== null)),
]

/** `name` may be empty. */
export interface Mailbox {
  address: string
  name: string
}

/** The rules until some are saved: every message is sent as the sender of the default mail server. */
export const NO_RULES: PolicyRules = { rules: [], otherwise: 'allow' }

/** Limits what one decision evaluates and one form carries. Organisations have about ten rules. */
export const RULES_MAX = 50
/** For the senders, and for the recipients, of one rule. */
export const PATTERNS_MAX = 100
/** In all rules together, because each may cost a few milliseconds per message. */
export const REGEXES_MAX = 50
/** All text in all rules together. */
export const TEXT_CHARS_MAX = 20_000
