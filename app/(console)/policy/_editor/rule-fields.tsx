import Link from 'next/link'
import { fill } from '@/app/(console)/_form/labels'
import { SENDERS_PATH } from '@/app/paths'
import { Button } from '@/components/button'
import { Checkbox, type Choice, RadioGroup, Select, TextInput } from '@/components/inputs'
import type { Coverage } from '@/lib/policy'
import { type RuleFields, stepText } from '@/lib/policy/draft'
import { serverName } from './difference-list'
import { fieldName } from './draft-of'
import type { FieldTexts } from './form-state'
import type { PolicyLabels, Sender } from './labels'
import { PatternInput } from './pattern-input'

interface RuleFieldsProps {
  rule: RuleFields
  sender: Sender | null
  errors: FieldTexts
  coverage: Coverage
  onChange: (values: Partial<RuleFields>) => void
  w: PolicyLabels
}

/** The name of a field of this rule in the form, and its error. */
type FieldAt = (field: keyof RuleFields) => { name: string; error: string | undefined }

/** The fields of a rule. CSS hides the sender fields of a rule that declines (app/globals.css), also without JavaScript. */
export function RuleFieldsView(props: RuleFieldsProps) {
  const { rule, onChange, w } = props
  const at: FieldAt = (field) => {
    const name = fieldName(field, rule.id)
    return { name, error: props.errors[name]?.join(' ') }
  }
  return (
    <div className="grid gap-4 pt-3 pb-4">
      <TextInput
        {...at('name')}
        label={w.rule.name}
        hint={w.rule.nameHint}
        value={rule.name}
        onChange={({ target }) => onChange({ name: target.value })}
        spellCheck
        className="max-w-[26rem]"
      />
      <PatternFields {...{ rule, onChange, at, w }} />
      <fieldset className="verdict grid gap-4">
        <RadioGroup
          name={fieldName('verdict', rule.id)}
          legend={w.rule.verdict}
          defaultValue={rule.verdict}
          onChange={({ target }) => onChange({ verdict: target.value === 'decline' ? 'decline' : 'allow' })}
          options={[
            { value: 'allow', label: w.rule.allow },
            { value: 'decline', label: w.rule.decline, hint: w.rule.declineHint },
          ]}
        />
        <div className="for-allow">
          <SenderFields {...props} at={at} />
        </div>
      </fieldset>
      <div className="flex flex-wrap gap-2">
        <Button name="do" value={stepText({ does: 'duplicate', id: rule.id, other: '' })}>
          {w.rule.duplicate}
        </Button>
        <Button kind="danger" name="do" value={stepText({ does: 'remove', id: rule.id, other: '' })}>
          {w.rule.remove}
        </Button>
      </div>
    </div>
  )
}

/** The senders and recipients that the rule matches. */
function PatternFields({ rule, onChange, at, w }: Pick<RuleFieldsProps, 'rule' | 'onChange' | 'w'> & { at: FieldAt }) {
  return (
    <div className="grid gap-4 md:grid-cols-2">
      {(['senders', 'recipients'] as const).map((side) => (
        <PatternInput
          key={side}
          {...at(side)}
          label={w.rule[side]}
          value={rule[side]}
          onChange={(value) => onChange({ [side]: value })}
          describedBy={`patterns-hint-${rule.id}`}
        />
      ))}
      <p id={`patterns-hint-${rule.id}`} className="-mt-2 text-sm text-faint md:col-span-2">
        {w.rule.patternsHint}
      </p>
    </div>
  )
}

/** How matched messages are sent. */
function SenderFields(props: RuleFieldsProps & { at: FieldAt }) {
  const { rule, onChange, at, w } = props
  const own = rule.server === '' ? null : (w.servers.find(({ id }) => id === rule.server) ?? null)
  const sender = own ? own.sender : props.sender
  // A rule that has not been checked yet has the coverage of its mail server.
  const covered = props.coverage[rule.id] ?? (own ?? w.servers[0])?.covered ?? true
  return (
    <div className="grid gap-4 md:grid-cols-2">
      <TextInput
        {...at('senderAddress')}
        label={w.rule.senderAddress}
        hint={sender ? fill(w.rule.senderAddressHint, { sender: sender.address }) : w.rule.senderAddressHintNoServer}
        type="email"
        inputMode="email"
        value={rule.senderAddress}
        onChange={({ target }) => onChange({ senderAddress: target.value })}
      />
      <TextInput
        {...at('senderName')}
        label={w.rule.senderName}
        value={rule.senderName}
        onChange={({ target }) => onChange({ senderName: target.value })}
      />
      <Checkbox
        {...at('individual')}
        label={w.rule.individual}
        hint={<IndividualHint {...{ covered, w }} exchange={sender?.type === 'exchange-online-oauth2'} />}
        checked={rule.individual}
        disabled={!covered && !rule.individual}
        onChange={({ target }) => onChange({ individual: target.checked })}
        className="md:col-span-2"
      />
      {(w.servers.length > 1 || rule.server !== '') && (
        <Select
          {...at('server')}
          label={w.rule.server}
          hint={w.rule.serverHint}
          value={rule.server}
          onChange={({ target }) => onChange({ server: target.value })}
          options={serverChoices(rule.server, w)}
        />
      )}
    </div>
  )
}

/** What the box does, or why it is disabled and where to change that. */
function IndividualHint({ covered, exchange, w }: { covered: boolean; exchange: boolean; w: PolicyLabels }) {
  if (!exchange) return w.rule.individualHint
  return (
    <>
      {covered ? w.rule.individualExchange : w.rule.individualUncovered}{' '}
      <Link href={SENDERS_PATH} prefetch={false} className="prose-link">
        {w.rule.toSenders}
      </Link>
    </>
  )
}

/** The default mail server, every other one, and the picked one even if it has been removed. */
function serverChoices(picked: string, w: PolicyLabels): Choice[] {
  const ids = ['', ...w.servers.map(({ id }) => id)]
  return (ids.includes(picked) ? ids : [...ids, picked]).map((value) => ({ value, label: serverName(value, w) }))
}
