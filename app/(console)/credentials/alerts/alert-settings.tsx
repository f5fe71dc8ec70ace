import { FormBox, FormBoxes, FormInput, FormSelect } from '@/app/_form/form-input'
import { ALERTS_PATH } from '@/app/paths'
import { DataList, pair } from '@/components/data-list'
import { Panel } from '@/components/panel'
import type { StoredAlertSettings } from '@/lib/alerts/store'
import { LOCALES } from '@/lib/i18n/locale'
import type { TextContext, Translator } from '@/lib/i18n/translations'
import type { Channel } from '@/lib/notifications/store/channel-rows'
import { SettingsForm } from '../../_form/settings-form'
import { saveAlertsAction } from './actions'
import { WATCHABLE } from './fields'

export interface AlertsContext extends TextContext<'alerts'> {
  stored: StoredAlertSettings
  /** Those that can be notified. */
  channels: readonly Channel[]
  mayWrite: boolean
  reminderLabels: Translator<'reminders'>
}

export function AlertSettings(props: AlertsContext) {
  const { stored, channels, t, mayWrite } = props
  const { updatedBy, updatedAt } = stored
  return (
    <Panel id="settings" title={t('settings.title')}>
      <SettingsForm
        action={saveAlertsAction}
        address={`${ALERTS_PATH}#settings`}
        hidden={{ version: stored.version }}
        mayWrite={mayWrite}
        otherwise={<SettingsList {...props} />}
        labels={{
          ...Object.fromEntries(WATCHABLE.map(({ kind, field }) => [field, t(`kind.${kind}.threshold`)])),
          repeatHours: t('settings.repeat'),
          channels: t('settings.channels'),
          reportLocale: t('settings.locale'),
        }}
        guarded
        // Without a channel the answer leads to the next step.
        kind={channels.length > 0 ? 'primary' : 'secondary'}
        submit={t('settings.save')}
      >
        <div className="grid items-start gap-x-12 gap-y-5 lg:grid-cols-[minmax(0,1fr)_17rem]">
          <div className="divide-y divide-line">
            {WATCHABLE.map((each) => (
              <WatchedKind key={each.kind} {...each} {...{ stored, t }} />
            ))}
          </div>
          <div className="grid gap-5">
            <FormInput
              name="repeatHours"
              label={t('settings.repeat')}
              hint={t('settings.repeatHint')}
              inputMode="numeric"
              maxLength={10}
              defaultValue={stored.repeatHours}
            />
            <NotifiedChannels {...props} />
            <FormSelect
              name="reportLocale"
              label={t('settings.locale')}
              options={LOCALES.map((each) => ({ value: each, label: t(`locale.${each}`) }))}
              defaultValue={stored.reportLocale}
            />
          </div>
        </div>
      </SettingsForm>
      {updatedBy !== null && updatedAt !== null && (
        <p className="mt-4 text-sm text-soft">{t('settings.changed', { who: updatedBy, when: t.time(updatedAt) })}</p>
      )}
    </Panel>
  )
}

function SettingsList({ stored, channels, t, reminderLabels }: AlertsContext) {
  const notified = channels
    .filter(({ id }) => stored.channels.includes(id))
    .map(({ name, enabled }) => (enabled ? name : `${name} (${reminderLabels('channels.off')})`))
  const watched = WATCHABLE.map(({ kind, field }) => {
    const value = t('settings.threshold', { label: t(`kind.${kind}.threshold`), value: stored[field] })
    return pair(t(`kind.${kind}.name`), stored.kinds.includes(kind) ? value : t('settings.off'))
  })
  return (
    <>
      <DataList
        className="text-sm"
        items={[
          ...watched,
          pair(t('settings.repeat'), stored.repeatHours),
          pair(t('settings.channels'), notified.join(', ') || t('settings.nobody')),
          pair(t('settings.locale'), t(`locale.${stored.reportLocale}`)),
        ]}
      />
      <p className="mt-3 text-sm text-faint">{t('settings.readers')}</p>
    </>
  )
}

function NotifiedChannels({ stored, channels, t, reminderLabels }: AlertsContext) {
  return (
    <div>
      <FormBoxes
        name="channels"
        legend={t('settings.channels')}
        options={channels.map(({ id, name, kind, enabled }) => ({
          value: id,
          label: (
            <span className="min-w-0 break-words">
              {name}{' '}
              <span className="text-soft">
                {reminderLabels(`channels.kind.${kind}`)}
                {!enabled && ` (${reminderLabels('channels.off')})`}
              </span>
            </span>
          ),
        }))}
        chosen={stored.channels}
      />
      {channels.length === 0 && <p className="text-sm text-soft">{t('settings.channelsNone')}</p>}
    </div>
  )
}

function WatchedKind({ kind, field, stored, t }: (typeof WATCHABLE)[number] & Pick<AlertsContext, 'stored' | 't'>) {
  const name = t(`kind.${kind}.name`)
  return (
    <fieldset className="grid min-w-0 items-center gap-x-6 gap-y-1 py-3 first:pt-0 xl:grid-cols-[minmax(0,1fr)_20rem]">
      <legend className="sr-only">{name}</legend>
      <FormBox name="kinds" value={kind} defaultChecked={stored.kinds.includes(kind)} className="font-[550]">
        <span>{name}</span>
      </FormBox>
      <FormInput
        name={field}
        label={t(`kind.${kind}.threshold`)}
        inputMode="numeric"
        maxLength={10}
        defaultValue={stored[field]}
        className="grid grid-cols-[minmax(0,1fr)_5.5rem] items-center gap-x-3 max-xl:pl-6.5 [&>label]:mb-0 [&>label]:font-[400] [&>label]:text-soft [&>p]:col-span-full"
      />
    </fieldset>
  )
}
