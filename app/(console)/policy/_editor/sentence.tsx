import { createElement, Fragment, type ReactNode } from 'react'
import { fill } from '@/app/(console)/_form/labels'
import type { RuleFields } from '@/lib/policy/draft'
import { type PolicyLabels, senderOf } from './labels'

export const nameOf = ({ name }: RuleFields, w: PolicyLabels): string => name.trim() || w.rule.unnamed

/** A pattern, an address or a name of a server within a sentence. */
export const Chip = ({ children }: { children: string }) => (
  <bdi className="rounded-sm border border-line bg-well px-1.5 font-mono text-xs/5 text-ink [overflow-wrap:anywhere]">
    {children}
  </bdi>
)

/** "From contoso.example to anyone → sent as info@contoso.example": a rule in one sentence. */
export function Sentence({ rule, w }: { rule: RuleFields; w: PolicyLabels }) {
  const sender = rule.senderAddress.trim() || senderOf(rule.server, w)?.address
  const declines = rule.verdict === 'decline'
  const result = declines
    ? w.rule.declined
    : place(rule.individual ? w.rule.sentAsPerson : w.rule.sentAs, {
        sender: sender ? <Chip>{sender}</Chip> : w.rule.pageSender,
      })
  return place(w.rule.sentence, {
    senders: patternsIn(rule.senders, w.rule.anyoneFrom, w),
    recipients: patternsIn(rule.recipients, w.rule.anyoneTo, w),
    result:
      declines || rule.server === ''
        ? result
        : place(w.rule.through, { result, server: <bdi>{serverName(rule.server, w)}</bdi> }),
  })
}

/** The first pattern; further ones are counted. */
function patternsIn(text: string, anyone: string, w: PolicyLabels): ReactNode {
  const [first, ...rest] = text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '')
  if (first === undefined) return anyone
  const chip = <Chip>{first}</Chip>
  return rest.length === 0 ? chip : place(w.rule.more, { first: chip, count: rest.length })
}

/** Puts elements into the `{name}` places of a text. */
export function place(text: string, values: Record<string, ReactNode>): ReactNode {
  const parts = text.split(/\{(\w+)\}/).map((part, index) => (index % 2 === 0 ? part : values[part]))
  return createElement(Fragment, null, ...parts)
}

export function serverName(id: string, { servers, rule }: PolicyLabels): string {
  if (id === '') return fill(rule.serverDefault, { name: servers[0]?.name ?? '' })
  return servers.find((server) => server.id === id)?.name ?? rule.serverGone
}
