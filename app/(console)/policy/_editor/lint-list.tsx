import type { Route } from 'next'
import Link from 'next/link'
import { fill } from '@/app/(console)/_form/labels'
import { senderPath, sendersPath } from '@/app/paths'
import { Button } from '@/components/button'
import { Note } from '@/components/note'
import { applyStep, type PolicyFields, stepText } from '@/lib/policy/draft'
import type { Finding } from '@/lib/policy/lint'
import { DifferenceList } from './difference-list'
import { type PolicyLabels, type Sender, serverInAddress } from './labels'
import { nameOf } from './summary'

/** Possible mistakes. Each fix is shown as a difference and applied to the draft by one button. */
export function LintList(props: {
  fields: PolicyFields
  findings: readonly Finding[]
  sender: Sender | null
  /** False for roles that may not change rules. */
  mayFix: boolean
  w: PolicyLabels
}) {
  const { fields, w } = props
  // A rule may have been removed since the check.
  const known = props.findings.filter(({ rule, other }) => has(fields, rule) && (other === null || has(fields, other)))
  if (known.length === 0) return null
  const title = known.length === 1 ? w.lint.titleOne : fill(w.lint.title, { count: known.length })
  return (
    <Note kind="warning" title={title} className="mb-6">
      <ul className="grid gap-3 pt-1">
        {known.map((finding) => (
          <li key={`${finding.kind}.${finding.rule}`}>
            <p>
              {sentenceOf(finding, props)} <SenderLink finding={finding} fields={fields} w={w} />
            </p>
            {props.mayFix && (
              <details className="mt-1">
                <summary className="w-fit font-[550] text-accent">{w.lint.show}</summary>
                <div className="mt-2 grid gap-3 rounded-md bg-surface px-3 py-2.5">
                  <DifferenceList before={fields} after={applyStep(fields, finding.fix, '')} w={w} />
                  <div>
                    <Button name="do" value={stepText(finding.fix)}>
                      {w.lint.apply}
                    </Button>
                  </div>
                </div>
              </details>
            )}
          </li>
        ))}
      </ul>
    </Note>
  )
}

/** A link to the sender that is not verified, or to the list of senders. */
function SenderLink({ finding, fields, w }: { finding: Finding; fields: PolicyFields; w: PolicyLabels }) {
  const { kind, because } = finding
  if (kind !== 'sender-not-verified' && because !== 'not-verified') return null
  const rule = fields.rules.find(({ id }) => id === finding.rule)
  const server = serverInAddress(rule?.server ?? '', w)
  const isOne = kind === 'sender-not-verified' && rule
  const href = isOne ? senderPath({ server, address: rule.senderAddress }) : sendersPath({ server })
  return (
    <Link href={href as Route} prefetch={false} className="prose-link">
      {isOne ? w.try.openSender : w.rule.toSenders}
    </Link>
  )
}

const has = ({ rules }: PolicyFields, wanted: string): boolean => rules.some(({ id }) => id === wanted)

function sentenceOf(
  { kind, rule, other, because }: Finding,
  { fields, sender, w }: { fields: PolicyFields; sender: Sender | null; w: PolicyLabels },
): string {
  const valuesOf = (id: string | null) => {
    const at = fields.rules.findIndex((each) => each.id === id)
    const fieldsOfRule = fields.rules[at]
    return {
      number: at + 1,
      name: fieldsOfRule ? nameOf(fieldsOfRule, w) : '',
      sender: fieldsOfRule?.senderAddress ?? '',
    }
  }
  const otherRule = valuesOf(other)
  return fill(w.lint[kind], {
    ...valuesOf(rule),
    own: ownSender(fields, rule, w) ?? sender?.address ?? '',
    otherNumber: otherRule.number,
    otherName: otherRule.name,
    reason: because === 'not-verified' ? w.lint.individualExchange : w.lint.individualPage,
  })
}

/** The sender of the mail server that a rule picks, or null if it picks none. */
function ownSender({ rules }: PolicyFields, rule: string, w: PolicyLabels): string | null {
  const picked = rules.find(({ id }) => id === rule)?.server ?? ''
  return w.servers.find(({ id }) => id === picked)?.sender?.address ?? null
}
