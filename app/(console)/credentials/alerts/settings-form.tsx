import { PlainForm } from '@/components/action-form'
import { DataList } from '@/components/data-list'
import { Select, TextInput } from '@/components/inputs'
import { Panel } from '@/components/panel'
import { SubmitButton } from '@/components/submit-button'
import { absoluteTime } from '@/components/timestamp'
import { REPEAT_HOURS } from '@/lib/alerts/kinds'
import type { StoredAlertSettings } from '@/lib/alerts/store'
import type { Channel } from '@/lib/credentials/store/channel-rows'
import { LOCALES, type Locale } from '@/lib/i18n/locale'
import type { Translator } from '@/lib/i18n/translations'
import { FieldErrors } from '../../_form/field-errors'
import { saveAlertsAction } from './actions'
import { type FormValues, NUMBERS, type NumberField } from './query'

type Labels = Translator<'alerts'>

const labelOf = (field: NumberField, t: Labels): string => {
  const kind = NUMBERS.find((each) => each.field === field)?.kind
  return kind ? t(`kind.${kind}.threshold`) : t('settings.repeat')
}

function boundsOf(field: NumberField, t: Labels): string {
  const { min = 0, max = 0 } = NUMBERS.find((each) => each.field === field) ?? {}
  return t('settings.wrong', { min, max })
}

const errorOf = (field: NumberField, wrong: readonly NumberField[], t: Labels): string | undefined =>
  wrong.includes(field) ? `${labelOf(field, t)}: ${boundsOf(field, t)}` : undefined

/** What is watched, from when on, how often it is repeated, and who gets it. */
export function SettingsForm(props: {
  stored: StoredAlertSettings
  values: FormValues
  problem: 'invalid' | 'conflict' | null
  wrong: readonly NumberField[]
  channels: readonly Channel[]
  mayWrite: boolean
  locale: Locale
  t: Labels
  reminderLabels: Translator<'reminders'>
}) {
  const { stored, values, problem, wrong, channels, mayWrite, locale, t, reminderLabels } = props
  const { updatedBy, updatedAt } = stored
  const notified = channels
    .filter(({ id }) => values.channels.has(id))
    .map(({ name, enabled }) => (enabled ? name : `${name} (${reminderLabels('channels.off')})`))
  return (
    <Panel id="settings" title={t('settings.title')}>
      {problem && (
        <FieldErrors
          title={t(`settings.${problem}`)}
          errors={Object.fromEntries(wrong.map((field) => [field, boundsOf(field, t)]))}
          labels={Object.fromEntries(wrong.map((field) => [field, labelOf(field, t)]))}
        />
      )}
      {mayWrite ? (
        <PlainForm action={saveAlertsAction} className="grid gap-5">
          <input type="hidden" name="version" value={values.version} />
          <WatchedKinds {...{ values, wrong, t }} />
          <TextInput
            name="repeatHours"
            label={t('settings.repeat')}
            hint={t('settings.repeatHint', REPEAT_HOURS)}
            error={errorOf('repeatHours', wrong, t)}
            inputMode="numeric"
            maxLength={10}
            defaultValue={values.numbers.repeatHours}
            className="max-w-60"
          />
          <NotifiedChannels {...{ channels, values, t, reminderLabels }} />
          <Select
            name="reportLocale"
            label={t('settings.locale')}
            options={LOCALES.map((each) => ({ value: each, label: t(`locale.${each}`) }))}
            defaultValue={values.reportLocale}
            className="max-w-60"
          />
          <div>
            <SubmitButton kind="primary">{t('settings.save')}</SubmitButton>
          </div>
        </PlainForm>
      ) : (
        <>
          <DataList
            className="text-sm"
            items={[
              ...NUMBERS.map(({ kind, field }) => ({
                term: kind === null ? labelOf(field, t) : t(`kind.${kind}.name`),
                value:
                  kind === null
                    ? stored[field]
                    : stored.kinds.includes(kind)
                      ? t('settings.threshold', { label: labelOf(field, t), value: stored[field] })
                      : t('settings.off'),
              })),
              { term: t('settings.channels'), value: notified.join(', ') || t('settings.nobody') },
            ]}
          />
          <p className="mt-3 text-sm text-faint">{t('settings.readers')}</p>
        </>
      )}
      {updatedBy !== null && updatedAt !== null && (
        <p className="mt-4 text-sm text-soft">
          {t('settings.changed', { who: updatedBy, when: absoluteTime(updatedAt, locale) })}
        </p>
      )}
    </Panel>
  )
}

function NotifiedChannels(props: {
  channels: readonly Channel[]
  values: FormValues
  t: Labels
  reminderLabels: Translator<'reminders'>
}) {
  const { channels, values, t, reminderLabels } = props
  return (
    <fieldset className="grid gap-2">
      <legend className="mb-1 font-[550]">{t('settings.channels')}</legend>
      {channels.length === 0 && <p className="text-sm text-soft">{t('settings.channelsNone')}</p>}
      {channels.map(({ id, name, kind, enabled }) => (
        <label key={id} className="flex items-baseline gap-2.5">
          <input type="checkbox" name="channels" value={id} defaultChecked={values.channels.has(id)} />
          <span className="min-w-0 break-words">
            {name}{' '}
            <span className="text-soft">
              {reminderLabels(`channels.kind.${kind}`)}
              {!enabled && `, ${reminderLabels('channels.off')}`}
            </span>
          </span>
        </label>
      ))}
    </fieldset>
  )
}

function WatchedKinds({ values, wrong, t }: { values: FormValues; wrong: readonly NumberField[]; t: Labels }) {
  return (
    <div className="grid grid-cols-[repeat(auto-fill,minmax(min(100%,15rem),1fr))] gap-x-5">
      {NUMBERS.map(({ kind, field, min, max }) =>
        kind === null ? null : (
          <fieldset key={kind} className="contents">
            <legend className="sr-only">{t(`kind.${kind}.name`)}</legend>
            {/* Neighbours share their rows, so that their fields are level whatever is above or below them. */}
            <div className="row-span-5 grid grid-rows-subgrid pb-5">
              <label className="mb-2 flex items-baseline gap-2.5 font-[550]">
                <input type="checkbox" name="kinds" value={kind} defaultChecked={values.kinds.has(kind)} />
                <span>{t(`kind.${kind}.name`)}</span>
              </label>
              <TextInput
                name={field}
                label={t(`kind.${kind}.threshold`)}
                hint={t('settings.bounds', { min, max })}
                error={errorOf(field, wrong, t)}
                inputMode="numeric"
                maxLength={10}
                defaultValue={values.numbers[field]}
                className="row-span-4 grid grid-rows-subgrid pl-6 [&>label]:self-end"
              />
            </div>
          </fieldset>
        ),
      )}
    </div>
  )
}
