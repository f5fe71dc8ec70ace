import { fill } from '@/app/(console)/_form/labels'
import { SENDERS_PATH } from '@/app/paths'
import { Icon } from '@/components/icon'
import { Checkbox, type Choice, Field, fieldProps, RadioGroup, Select, TextInput } from '@/components/inputs'
import { Fold } from '@/components/panel'
import { TextLink } from '@/components/text'
import { REGION } from '@/lib/i18n/locale'
import type { DraftPreview, Example } from '@/lib/policy'
import type { RuleFields } from '@/lib/policy/draft'
import { fieldName } from './draft-of'
import type { FieldTexts } from './form-state'
import { numeral, type PolicyLabels } from './labels'
import { Chip, serverName } from './sentence'

interface RuleFieldsProps {
  rule: RuleFields
  errors: FieldTexts
  preview: DraftPreview
  onChange: (values: Partial<RuleFields>) => void
  w: PolicyLabels
}

const DATE = { day: 'numeric', month: 'long', year: 'numeric', timeZone: 'UTC' } as const

/** The fields of this rule in the form: what each says and contains, what is wrong with it, and what a change does. */
function controlsOf({ rule, errors, onChange, w }: RuleFieldsProps) {
  const about = (field: Exclude<keyof RuleFields, 'id'>) => {
    const name = fieldName(field, rule.id)
    return { name, label: w.rule[field], error: errors[name]?.join('\n') }
  }
  return {
    text: (field: 'name' | 'senders' | 'recipients' | 'senderAddress' | 'senderName' | 'server') => ({
      ...about(field),
      value: rule[field],
      onChange: ({ target }: { target: { value: string } }) => onChange({ [field]: target.value }),
    }),
    tick: (field: 'enabled' | 'individual') => ({
      ...about(field),
      checked: rule[field],
      onChange: ({ target }: { target: { checked: boolean } }) => onChange({ [field]: target.checked }),
    }),
  }
}

type TextControl = ReturnType<ReturnType<typeof controlsOf>['text']>

/** The fields of a rule. CSS hides the sender fields of a rule that declines (app/globals.css), also without JavaScript. */
export function RuleFieldsView(props: RuleFieldsProps) {
  const { rule, preview, onChange, w } = props
  const { text, tick } = controlsOf(props)
  return (
    <div className="grid gap-4">
      <fieldset className="verdict grid gap-4 md:grid-cols-2">
        <TextInput {...text('name')} spellCheck />
        <RadioGroup
          name={fieldName('verdict', rule.id)}
          legend={w.rule.verdict}
          defaultValue={rule.verdict}
          onChange={({ target }) => onChange({ verdict: target.value === 'decline' ? 'decline' : 'allow' })}
          options={[
            { value: 'allow', label: w.rule.allow },
            { value: 'decline', label: w.rule.decline },
          ]}
        />
        {(['senders', 'recipients'] as const).map((side) => (
          <PatternInput
            key={side}
            {...text(side)}
            what={side === 'senders' ? w.rule.sendersHint : ''}
            example={preview.examples[rule.id]?.[side]}
            w={w}
          />
        ))}
        <div className="for-allow md:col-span-2">
          <SenderFields {...props} />
        </div>
      </fieldset>
      <Checkbox {...tick('enabled')} />
      <Matches id={rule.id} preview={preview} w={w} />
      <Fold summary={w.rule.patterns}>
        <p className="text-sm text-soft">{w.rule.patternsText}</p>
        <ul className="mt-1.5 grid gap-1 text-sm text-soft">
          {w.rule.patternExamples.map((line) => {
            const [pattern = '', meaning] = line.split(' · ')
            return (
              <li key={line}>
                <Chip>{pattern}</Chip> {meaning}
              </li>
            )
          })}
        </ul>
      </Fold>
    </div>
  )
}

/** A field for patterns, one per line, with an address that they match and one that they do not. It grows to eight lines. */
function PatternInput(props: TextControl & { what: string; example: Example | undefined; w: PolicyLabels }) {
  const { name, label, error, value, what, example, w } = props
  const hint = (what || example) && (
    <div className="flex flex-wrap gap-x-4">
      {what && <span className="w-full">{what}</span>}
      {example?.match && (
        <span className="flex gap-1 text-good">
          <Icon name="check" className="mt-0.5 size-4" />
          <span className="sr-only">{w.rule.match}</span> {example.match}
        </span>
      )}
      {example?.miss && (
        <span className="flex gap-1">
          <Icon name="cross" className="mt-0.5 size-4" />
          <span className="sr-only">{w.rule.miss}</span> {example.miss}
        </span>
      )}
    </div>
  )
  return (
    <Field {...{ name, label, error, hint }}>
      <textarea
        {...fieldProps({ name, error, hint })}
        value={value}
        onChange={props.onChange}
        rows={Math.min(8, Math.max(2, value.split('\n').length))}
        spellCheck={false}
        autoCapitalize="none"
        autoComplete="off"
        className="control font-mono text-sm"
      />
    </Field>
  )
}

/** How many recent messages the rule decides, and what the draft changes about that. Nothing while it cannot be evaluated. */
function Matches({ id, preview, w }: { id: string; preview: DraftPreview; w: PolicyLabels }) {
  const { impact, isSound } = preview
  if (!isSound || !impact || impact.messages === 0) return null
  const count = impact.draft[id] ?? 0
  const change = count - (impact.saved[id] ?? 0)
  const changeText = change > 0 ? w.rule.matchesMore : w.rule.matchesFewer
  return (
    <p className="text-sm text-soft tabular-nums">
      {fill(change === 0 ? w.rule.matches : changeText, {
        count: numeral(count, w),
        total: numeral(impact.messages, w),
        change: numeral(Math.abs(change), w),
      })}
    </p>
  )
}

function SenderFields(props: RuleFieldsProps) {
  const { rule, w } = props
  const { text, tick } = controlsOf(props)
  const server = w.servers.find(({ id }) => id === rule.server) ?? w.servers[0]
  // A rule that has not been checked yet has the coverage of its mail server.
  const covered = props.preview.coverage[rule.id] ?? server?.covered ?? true
  return (
    <div className="grid gap-4 md:grid-cols-2">
      <TextInput
        {...text('senderAddress')}
        hint={<SenderHint {...props} own={server?.sender?.address} />}
        type="email"
        inputMode="email"
      />
      <TextInput {...text('senderName')} />
      <Checkbox
        {...tick('individual')}
        hint={<IndividualHint {...{ covered, w }} exchange={server?.sender?.type === 'exchange-online-oauth2'} />}
        disabled={!covered && !rule.individual}
        className="md:col-span-2"
      />
      {(w.servers.length > 1 || rule.server !== '') && (
        <Select {...text('server')} options={serverChoices(rule.server, w)} />
      )}
    </div>
  )
}

/** What Exchange last answered about the sender, as far as it is known; for an empty field, whose sender is used. */
function SenderHint({ rule, own, preview, w }: RuleFieldsProps & { own: string | undefined }) {
  const known = rule.senderAddress.trim() === '' ? undefined : preview.senders[rule.id]
  if (!known) return own ? fill(w.rule.senderAddressHint, { sender: own }) : w.rule.senderAddressHintNoServer
  if (known.at === null) return w.rule.senderUnverified
  const date = new Date(known.at).toLocaleDateString(REGION[w.locale], DATE)
  return known.outcome === 'accepted' ? (
    <span className="text-good">{fill(w.rule.senderVerified, { date })}</span>
  ) : (
    <span className="text-bad">{fill(w.rule.senderRejected, { date })}</span>
  )
}

function IndividualHint({ covered, exchange, w }: { covered: boolean; exchange: boolean; w: PolicyLabels }) {
  if (!exchange) return w.rule.individualHint
  return (
    <>
      {covered ? w.rule.individualExchange : w.rule.individualUncovered}{' '}
      <TextLink href={SENDERS_PATH}>{w.rule.toSenders}</TextLink>
    </>
  )
}

/** The default mail server, every other one, and the picked one even if it has been removed. */
function serverChoices(picked: string, w: PolicyLabels): Choice[] {
  const ids = ['', ...w.servers.map(({ id }) => id)]
  return (ids.includes(picked) ? ids : [...ids, picked]).map((value) => ({ value, label: serverName(value, w) }))
}
