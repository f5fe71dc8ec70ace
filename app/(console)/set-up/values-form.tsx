import { SET_UP_PATH } from '@/app/paths'
import { Button, ButtonLink } from '@/components/button'
import { RadioGroup, Select, TextInput } from '@/components/inputs'
import { Fold, Panel } from '@/components/panel'
import type { Translator } from '@/lib/i18n/translations'
import { recordOf } from '@/lib/kernel'
import { services } from '@/lib/services'
import { azCloud } from '@/lib/setup-guide/choices'
import type { StepId } from '@/lib/setup-guide/steps'
import { GUIDE_FIELDS, type Guide, type GuideField, type GuideQuery } from '@/lib/setup-guide/values'
import { validationErrorText } from '@/lib/validation/validation-error'
import { FieldErrors } from '../_form/field-errors'
import { fieldText, guideHref } from './query'
import { type GuideContext, STEP_ID } from './step-view'

const GUID_PATTERN = '\\s*[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}\\s*'

export interface ValuesFormProps extends Pick<GuideContext, 'view' | 'server' | 't'> {
  /** The step to stay at; absent for the one that comes next. */
  step?: StepId
  entered: GuideQuery
  validation: Translator<'validation'>
}

/** The form folded below a step, with the choices in one line. */
export function ValuesFold(props: ValuesFormProps) {
  const { t } = props
  const { guide } = props.view
  const { path, credential, tool } = guide.choices
  const choices = [guide.values.cloud?.name ?? '–', t(`values.${path}`), t(`values.${credential}`), t(`values.${tool}`)]
  return (
    <Fold
      open={Object.keys(guide.validationErrors).length > 0}
      summary={
        <span>
          {t('values.title')}
          <span className="font-[450] text-faint">&nbsp;· {choices.join(', ')}</span>
        </span>
      }
    >
      <Panel>
        <p className="mb-4 text-sm text-soft">{t('values.text')}</p>
        <ValuesForm {...props} />
      </Panel>
    </Fold>
  )
}

/** A GET form, so that the guide has an address. The patterns keep a secret that was pasted by mistake out of that address. */
export function ValuesForm({ view, server, step, entered, validation, t }: ValuesFormProps) {
  const { guide, saved } = view
  const problems = Object.fromEntries(
    Object.entries(guide.validationErrors).map(([name, error]) => [name, validationErrorText(validation, error)]),
  ) as Partial<Record<GuideField, string>>
  const errorOf = (name: GuideField) => problems[name] && t('values.error', { problem: problems[name] })
  const field = (name: Exclude<GuideField, 'cloud' | 'path' | 'proof' | 'tool'>, hint?: string) => ({
    name,
    label: t(`values.${name}`),
    hint: hint ?? t(`values.${name}Hint`),
    error: errorOf(name),
    defaultValue: fieldText(name, entered, guide),
  })
  return (
    // Without the key a link to other values would leave those of the list and of the choices as they were.
    <form key={guideHref(guide, server.id)} action={`${SET_UP_PATH}#${STEP_ID}`} className="grid gap-4">
      {Object.keys(problems).length > 0 && (
        <FieldErrors
          title={t('values.errors')}
          errors={problems}
          labels={recordOf(GUIDE_FIELDS, (name) => t(`values.${name}`))}
        />
      )}
      <input type="hidden" name="server" value={server.id} />
      {step && <input type="hidden" name="step" value={step} />}
      <div className="grid gap-4 lg:grid-cols-2">
        <Select
          name="cloud"
          label={t('values.cloud')}
          error={errorOf('cloud')}
          options={[...(guide.values.cloud ? [] : [{ id: '', name: '–' }]), ...services().clouds].map(
            ({ id, name }) => ({ value: id, label: name }),
          )}
          defaultValue={guide.values.cloud?.id ?? ''}
        />
        <TextInput {...field('tenant')} mono maxLength={253} pattern="[\sA-Za-z0-9.\-]*" />
        <TextInput {...field('client')} mono maxLength={80} pattern={GUID_PATTERN} />
        <TextInput
          {...field('object', guide.objectIdFromToken ? t('values.objectFromToken') : undefined)}
          mono
          maxLength={80}
          pattern={GUID_PATTERN}
        />
        <TextInput {...field('sender')} inputMode="email" maxLength={254} pattern="\s*[^\s@]+@[^\s@]+\s*" />
        <TextInput {...field('name')} maxLength={100} />
      </div>
      <ChoiceFields guide={guide} t={t} />
      <Fold summary={t('difference.title')}>
        <p className="max-w-[68ch] text-sm text-soft">{t('difference.text')}</p>
      </Fold>
      <div className="flex flex-wrap gap-2">
        <Button kind={step ? 'secondary' : 'primary'} text={t('values.apply')} />
        {guide.typed && (
          <ButtonLink
            kind="quiet"
            href={`${SET_UP_PATH}?server=${server.id}`}
            text={t(saved ? 'values.reset' : 'values.clear')}
          />
        )}
      </div>
    </form>
  )
}

/** How the application is authorised, its credential, and the tool for its scripts. */
function ChoiceFields({ guide, t }: { guide: Guide; t: Translator<'set-up'> }) {
  const { path, credential, tool } = guide.choices
  const hasNoAz = azCloud(guide.values.cloud) === null
  const hintOf = (value: string) =>
    value === 'az' && hasNoAz ? t('scripts.azNotHere') : (t.lookUp(`values.${value}Hint`) ?? undefined)
  const fields = [
    { name: 'path', chosen: path, values: ['mailbox', 'rbac'] },
    { name: 'proof', chosen: credential, values: ['secret', 'certificate'] },
    { name: 'tool', chosen: tool, values: ['powershell', 'az'] },
  ] as const
  return (
    <div className="grid gap-4 lg:grid-cols-3">
      {fields.map(({ name, chosen, values }) => (
        <RadioGroup
          key={name}
          name={name}
          legend={t(`values.${name}`)}
          options={values.map((value) => ({ value, label: t(`values.${value}`), hint: hintOf(value) }))}
          defaultValue={chosen}
        />
      ))}
    </div>
  )
}
