import { fill } from '@/app/(console)/_form/labels'
import type { RuleFields } from '@/lib/policy/draft'
import type { PolicyLabels } from './labels'

/** How many patterns a summary names. The others are counted. */
const NAMED = 2

/** "From contoso.example to anyone: leaves as info@contoso.example": a rule in one line. */
export function summaryOf(rule: RuleFields, w: PolicyLabels): string {
  const text =
    rule.verdict === 'decline'
      ? w.rule.summaryDecline
      : rule.individual
        ? w.rule.summaryIndividual
        : w.rule.summaryAllow
  return fill(text, {
    senders: patternsIn(rule.senders, w.rule.anyoneFrom, w),
    recipients: patternsIn(rule.recipients, w.rule.anyoneTo, w),
    sender: rule.senderAddress.trim() || w.rule.pageSender,
  })
}

function patternsIn(text: string, anyone: string, w: PolicyLabels): string {
  const lines = text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '')
  if (lines.length === 0) return anyone
  const named = lines
    .slice(0, NAMED)
    .map((line) => (line.startsWith('*.') ? fill(w.rule.tree, { domain: line.slice(2) }) : line))
  const more = lines.length - named.length
  return [...named, ...(more > 0 ? [fill(w.rule.more, { count: more })] : [])].join(', ')
}

export const nameOf = ({ name }: RuleFields, w: PolicyLabels): string => name.trim() || w.rule.unnamed
