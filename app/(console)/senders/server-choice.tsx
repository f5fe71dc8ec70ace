import { PlainForm } from '@/components/action-form'
import { RadioGroup } from '@/components/inputs'
import { Section } from '@/components/section'
import { SubmitButton } from '@/components/submit-button'
import type { Translator } from '@/lib/i18n/translations'
import { SENDER_WAYS, type SenderWay } from '@/lib/policy/sender'
import { setWayAction } from './actions'

/** Chooses the login mailbox of this sender. The current way is submitted, too, so that a concurrent change is noticed. */
export function WayForm({
  server,
  address,
  way,
  t,
}: {
  server: string
  address: string
  way: SenderWay
  t: Translator<'senders'>
}) {
  return (
    <Section id="way" title={t('way.section')} description={t('way.saveHint')}>
      <PlainForm action={setWayAction} className="grid max-w-[44rem] gap-4">
        <input type="hidden" name="server" value={server} />
        <input type="hidden" name="address" value={address} />
        <input type="hidden" name="was" value={way} />
        <RadioGroup
          key={way}
          name="way"
          legend={t('way.choice')}
          defaultValue={way}
          options={SENDER_WAYS.map((each) => ({
            value: each,
            label: t(`way.${each}-choice`),
            hint: t(`way.${each}-text`),
          }))}
        />
        <div>
          <SubmitButton>{t('way.save')}</SubmitButton>
        </div>
      </PlainForm>
    </Section>
  )
}
