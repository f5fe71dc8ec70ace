import { z } from 'zod'

const text = z.string().min(1).max(1_000)

const pattern = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('address'), address: text }),
  /** Local parts that begin and end so, in lower case. Either may be empty. */
  z.strictObject({
    kind: z.literal('local-part'),
    start: z.string().max(1_000),
    end: z.string().max(1_000),
    domain: text,
  }),
  z.strictObject({ kind: z.literal('domain'), domain: text }),
  /** The domain and all its subdomains. */
  z.strictObject({ kind: z.literal('domain-tree'), domain: text }),
  /** RE2 syntax. It must match the whole address and ignores case. */
  z.strictObject({ kind: z.literal('regex'), source: text }),
])
/** Which addresses a rule matches. Domains are in lower case with A-labels, as in SMTP. */
export type Pattern = z.output<typeof pattern>
/** An empty list matches anyone. */
const patterns = z.array(pattern).readonly()

const mailbox = z.strictObject({ address: text, name: z.string().max(1_000) })
/** `name` may be empty. */
export type Mailbox = z.output<typeof mailbox>

const verdict = z.enum(['allow', 'decline'])
export type Verdict = z.output<typeof verdict>

const outcome = z.discriminatedUnion('verdict', [
  z.strictObject({ verdict: z.literal('decline') }),
  z.strictObject({
    verdict: z.literal('allow'),
    /** Null for the sender of its mail server. */
    sender: mailbox.nullable(),
    /** The message may be sent from the originator's address. */
    individual: z.boolean(),
    /** Id of the mail server to use, or null for the default one. Revisions saved before there could be several have none. */
    server: text.nullable().default(null),
  }),
])
export type RuleOutcome = z.output<typeof outcome>

const rule = z.strictObject({
  /** Stays the same in every revision, so that revisions can be compared. */
  id: text,
  name: text,
  /** A rule that is off matches nothing. */
  enabled: z.boolean(),
  senders: patterns,
  recipients: patterns,
  outcome,
})
export type Rule = z.output<typeof rule>

/** The rules as they are stored. */
export const policyRules = z.strictObject({
  rules: z.array(rule).readonly(),
  /** The default action for messages that no rule matches. `allow` sends them as the mail server's sender. */
  otherwise: verdict,
})
/** The rules in order and in normal form. The first one that matches decides. */
export type PolicyRules = z.output<typeof policyRules>

/** Id of the mail server that a rule picks. Null if it declines, or uses the default one. */
export const serverPicked = (outcome: RuleOutcome): string | null =>
  outcome.verdict === 'allow' ? outcome.server : null

/** Ids of the mail servers that rules name, including rules that are off. */
export const serversNamed = ({ rules }: PolicyRules): string[] => [
  ...new Set(rules.map(({ outcome }) => serverPicked(outcome)).filter((id) => id !== null)),
]

/**
 * Whether a message may get another mail server by these rules. Behind the last rule that names one every message that is sent uses the
 * default one, so only the rules up to it count.
 */
export const mayMoveMail = (before: PolicyRules, after: PolicyRules): boolean =>
  JSON.stringify(routesOf(before)) !== JSON.stringify(routesOf(after))

function routesOf({ rules }: PolicyRules) {
  const enabled = rules.filter((rule) => rule.enabled)
  const last = enabled.findLastIndex(({ outcome }) => serverPicked(outcome) !== null)
  const upToLast = enabled.slice(0, last + 1)
  return upToLast.map(({ senders, recipients, outcome }) => [senders, recipients, serverPicked(outcome)])
}

/** What the log of messages has in place of a rule's name if the default action decided. No rule may have this name. */
export const NO_RULE = '-'

/** The rules until some are saved: every message is sent as the sender of the default mail server. */
export const NO_RULES: PolicyRules = { rules: [], otherwise: 'allow' }
