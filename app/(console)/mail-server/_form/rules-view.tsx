import type { PageLabels } from '@/app/(console)/_connection-test/labels'
import { AnswerNote } from '@/app/(console)/_form/answer-note'
import { fill } from '@/app/(console)/_form/labels'
import { RadioGroup } from '@/components/inputs'
import type { RulesAffected } from '@/lib/mail-server/update-policy-rules'

/** Policy rules that name the previous sender, what would change in each, and the choice that the next save applies. */
export function RulesView({ affected, w }: { affected: RulesAffected; w: PageLabels }) {
  const { number, from, to, rules } = affected
  return (
    <AnswerNote kind="warning" title={w.rules.title}>
      <p>{fill(w.rules.text, { from })}</p>
      <ul className="my-2 grid gap-1">
        {rules.map(({ place, name }) => (
          <li key={place} className="text-ink">
            {fill(w.rules.rule, { number: place, name })}: <del className="text-faint">{from}</del> → <ins>{to}</ins>
          </li>
        ))}
      </ul>
      <input type="hidden" name="rulesSeen" value={number} />
      <RadioGroup
        name="rulesAlong"
        legend={w.rules.choice}
        defaultValue="bring"
        options={[
          { value: 'bring', label: w.rules.bring, hint: w.rules.bringHint },
          { value: 'leave', label: w.rules.leave },
        ]}
        className="my-2 text-ink"
      />
      <p>{w.rules.resolve}</p>
    </AnswerNote>
  )
}
