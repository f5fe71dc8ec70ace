import { PlainForm } from '@/components/action-form'
import { Select, TextInput } from '@/components/inputs'
import { Note } from '@/components/note'
import { Panel } from '@/components/panel'
import { SubmitButton } from '@/components/submit-button'
import { absoluteTime } from '@/components/timestamp'
import { REPEAT_HOURS } from '@/lib/alerts/kinds'
import type { StoredAlertSettings } from '@/lib/alerts/store'
import type { Channel } from '@/lib/credentials/store/channel-rows'
import { LOCALES, type Locale } from '@/lib/i18n/locale'
import type { Translator } from '@/lib/i18n/translations'
import { saveAlertsAction } from './actions'
import { type FormValues, NUMBERS, type NumberField } from './query'

type Labels = Translator<'alerts'>

const labelOf = (field: NumberField, t: Labels): string => {
  const kind = NUMBERS.find((each) => each.field === field)?.kind
  return kind ? t(`kind.${kind}.threshold`) : t('settings.repeat')
}

function errorOf(field: NumberField, wrong: readonly NumberField[], t: Labels): string | undefined {
  const bounds = NUMBERS.find((each) => each.field === field)
  if (!bounds || !wrong.includes(field)) return undefined
  return t('settings.wrong', { label: labelOf(field, t), min: bounds.min, max: bounds.max })
}

/** What is watched, from when on, how often it is repeated, and who gets it. */
export function SettingsForm(props: {
  stored: StoredAlertSettings
  values: FormValues
  problem: { kind: 'invalid'; fields: readonly NumberField[] } | { kind: 'conflict' } | null
  channels: readonly Channel[]
  mayWrite: boolean
  locale: Locale
  t: Labels
}) {
  const { stored, values, problem, channels, mayWrite, locale, t } = props
  const { updatedBy, updatedAt } = stored
  const wrong = problem?.kind === 'invalid' ? problem.fields : []
  return (
    <Panel id="settings" title={t('settings.title')}>
      {problem && (
        <Note kind="danger" live="alert" className="mb-4">
          {problem.kind === 'conflict'
            ? t('settings.conflict')
            : t('settings.invalid', { fields: problem.fields.map((field) => labelOf(field, t)).join('; ') })}
        </Note>
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
          <NotifiedChannels channels={channels} values={values} t={t} />
          <Select
            name="reportLocale"
            label={t('settings.locale')}
            options={LOCALES.map((each) => ({ value: each, label: t(`locale.${each}`) }))}
            defaultValue={values.reportLocale}
          />
          <div>
            <SubmitButton kind="primary">{t('settings.save')}</SubmitButton>
          </div>
        </PlainForm>
      ) : (
        <ul className="grid gap-1 text-sm">
          {NUMBERS.map(({ kind, field }) => (
            <li key={field}>
              {kind === null || stored.kinds.includes(kind)
                ? t('settings.threshold', { label: labelOf(field, t), value: stored[field] })
                : `${t(`kind.${kind}.name`)}: ${t('settings.off')}`}
            </li>
          ))}
        </ul>
      )}
      {updatedBy !== null && updatedAt !== null && (
        <p className="mt-4 text-sm text-soft">
          {t('settings.changed', { who: updatedBy, when: absoluteTime(updatedAt, locale) })}
        </p>
      )}
    </Panel>
  )
}

function NotifiedChannels(props: { channels: readonly Channel[]; values: FormValues; t: Labels }) {
  const { channels, values, t } = props
  return (
    <fieldset className="grid gap-2">
      <legend className="mb-1 font-[550]">{t('settings.channels')}</legend>
      {channels.length === 0 && <p className="text-sm text-soft">{t('settings.channelsNone')}</p>}
      {channels.map(({ id, name }) => (
        <label key={id} className="flex items-baseline gap-2.5">
          <input type="checkbox" name="channels" value={id} defaultChecked={values.channels.has(id)} />
          <span className="min-w-0 break-words">{name}</span>
        </label>
      ))}
    </fieldset>
  )
}

function WatchedKinds({ values, wrong, t }: { values: FormValues; wrong: readonly NumberField[]; t: Labels }) {
  return (
    <div className="grid grid-cols-[repeat(auto-fill,minmax(min(100%,15rem),1fr))] gap-5">
      {NUMBERS.map(({ kind, field, min, max }) =>
        kind === null ? null : (
          <fieldset key={kind} className="grid content-between gap-2">
            <legend className="sr-only">{t(`kind.${kind}.name`)}</legend>
            <label className="flex items-baseline gap-2.5 font-[550]">
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
              className="pl-6"
            />
          </fieldset>
        ),
      )}
    </div>
  )
}
