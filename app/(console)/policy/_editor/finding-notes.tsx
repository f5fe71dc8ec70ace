import { fill } from '@/app/(console)/_form/labels'
import { senderPath, sendersPath } from '@/app/paths'
import { Button, ButtonLink } from '@/components/button'
import { Icon } from '@/components/icon'
import { Fold } from '@/components/panel'
import { TextLink } from '@/components/text'
import { applyStep, type PolicyFields, stepText } from '@/lib/policy/draft'
import type { Finding } from '@/lib/policy/lint'
import { DifferenceList } from './difference-list'
import { type PolicyLabels, serverInAddress } from './labels'
import { nameOf } from './sentence'

/** Possible mistakes, each with its repair as a button and what the repair changes. The first one is open. */
export function FindingNotes(props: {
  fields: PolicyFields
  findings: readonly Finding[]
  mayFix: boolean
  w: PolicyLabels
}) {
  const { fields, mayFix, w } = props
  // A rule may have been removed since the check.
  const known = props.findings.filter(({ rule, other }) => has(fields, rule) && (other === null || has(fields, other)))
  if (known.length === 0) return null
  return (
    <ul className="grid gap-0.5 rounded-lg bg-warn-wash px-4 py-2">
      {known.map((finding, place) => {
        const texts = w.lint[finding.kind]
        const values = valuesOf(finding, fields, w)
        const href = senderHref(finding, fields, w)
        const verifies = mayFix && finding.kind === 'sender-not-verified'
        const text = finding.because === 'page-forbids' ? w.lint['page-forbids'] : texts.text
        return (
          <li key={`${finding.kind}.${finding.rule}`}>
            <Fold
              open={place === 0}
              summary={
                <>
                  <Icon name="warning" className="size-4 text-warn" />
                  {fill(texts.title, values)}
                </>
              }
            >
              <p className="max-w-[68ch] text-sm text-soft">
                {fill(text, values)}{' '}
                {href && !verifies && (
                  <TextLink href={href}>
                    {finding.kind === 'sender-not-verified' ? w.try.openSender : w.rule.toSenders}
                  </TextLink>
                )}
              </p>
              {mayFix && (
                <>
                  <div className="my-2.5 flex flex-wrap gap-2">
                    {verifies && href && <ButtonLink small href={href} text={fill(w.lint.verify, values)} />}
                    <Button small name="do" value={stepText(finding.fix)} text={fill(texts.fix, values)} />
                  </div>
                  <div className="text-sm text-soft">
                    <p className="mb-1 text-faint">{w.lint.changes}</p>
                    <DifferenceList before={fields} after={applyStep(fields, finding.fix, '')} w={w} />
                  </div>
                </>
              )}
            </Fold>
          </li>
        )
      })}
    </ul>
  )
}

/** The address of the sender that is not verified, or of the list of senders; null if the finding is about neither. */
function senderHref({ kind, because, rule: id }: Finding, fields: PolicyFields, w: PolicyLabels): string | null {
  if (kind !== 'sender-not-verified' && because !== 'not-verified') return null
  const rule = fields.rules.find((each) => each.id === id)
  const server = serverInAddress(rule?.server ?? '', w)
  return kind === 'sender-not-verified' && rule
    ? senderPath({ server, address: rule.senderAddress })
    : sendersPath({ server })
}

const has = ({ rules }: PolicyFields, wanted: string): boolean => rules.some(({ id }) => id === wanted)

function valuesOf({ rule, other }: Finding, fields: PolicyFields, w: PolicyLabels): Record<string, string | number> {
  const place = (id: string | null) => fields.rules.findIndex((each) => each.id === id)
  const [one, second] = [fields.rules[place(rule)], fields.rules[place(other)]]
  const server = w.servers.find(({ id }) => id === one?.server)
  return {
    number: place(rule) + 1,
    name: one ? nameOf(one, w) : '',
    sender: one?.senderAddress ?? '',
    own: (server?.sender ?? w.servers[0]?.sender)?.address ?? '',
    otherNumber: place(other) + 1,
    otherName: second ? nameOf(second, w) : '',
  }
}
