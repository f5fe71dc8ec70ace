import { FormBoxes, FormSelect } from '@/app/_form/form-input'
import { getTranslations } from '@/app/_server/translations'
import { REMINDERS_PATH, withQuery } from '@/app/paths'
import { Panel } from '@/components/panel'
import { Foreign, PlainLink } from '@/components/text'
import { nextReportAt } from '@/lib/alerts/weekly/schedule'
import { services } from '@/lib/services'
import { SettingsForm } from '../../_form/settings-form'
import { saveWeeklyAction } from './actions'
import type { RemindersContext } from './channels'
import { twoDigits, weekdayName } from './weekly-texts'

const numbers = (from: number, to: number): number[] => Array.from({ length: to - from + 1 }, (_, nth) => from + nth)

export async function WeeklyReport({ channels, mayWrite, isPreview }: RemindersContext & { isPreview: boolean }) {
  const { alerts, clock, environment } = services()
  const [t, stored] = await Promise.all([getTranslations('alerts'), alerts.weekly.settings()])
  const next = nextReportAt(stored, clock.now())
  const isOn = channels.some(({ id, enabled }) => enabled && stored.channels.includes(id))
  const general = channels.filter(({ ownerOnly }) => !ownerOnly)
  const report = isPreview ? await alerts.weekly.preview(t.locale, environment.baseUrl) : null
  return (
    <Panel id="weekly" title={t('weekly.title')}>
      <p className="text-sm text-soft">{t('weekly.text')}</p>
      <p className="my-3 text-sm font-[550]">
        {isOn
          ? t('weekly.next', { day: t.longDate(next), hour: twoDigits(stored.hour) })
          : t(mayWrite && general.length === 0 ? 'weekly.none' : 'weekly.off')}
      </p>
      {general.length > 0 && (
        <SettingsForm
          action={saveWeeklyAction}
          address={`${REMINDERS_PATH}#weekly`}
          hidden={{ version: stored.version }}
          mayWrite={mayWrite}
          labels={{ weeklyChannels: t('weekly.channels'), weekday: t('weekly.weekday'), hour: t('weekly.hour') }}
          guarded
          submit={t('weekly.save')}
          kind="secondary"
          className="grid max-w-[30rem] gap-5"
        >
          <FormBoxes
            name="weeklyChannels"
            legend={t('weekly.channels')}
            options={general.map(({ id, name }) => ({ value: id, label: <Foreign>{name}</Foreign> }))}
            chosen={stored.channels}
          />
          <FormSelect
            name="weekday"
            label={t('weekly.weekday')}
            options={numbers(1, 7).map((day) => ({ value: String(day), label: weekdayName(day, t) }))}
            defaultValue={stored.weekday}
          />
          <FormSelect
            name="hour"
            label={t('weekly.hour')}
            options={numbers(0, 23).map((hour) => ({ value: String(hour), label: `${twoDigits(hour)}:00` }))}
            defaultValue={stored.hour}
          />
        </SettingsForm>
      )}
      {report ? (
        <section aria-label={t('weekly.previewOf')} className="mt-4 border-t border-line pt-3 text-sm">
          <h3 className="font-[600]">{report.title}</h3>
          <p className="my-2 text-soft">{report.intro}</p>
          <ul className="grid gap-1">
            {report.rows.map(([label, value]) => (
              <li key={`${label} ${value}`} className="break-words">
                {label}: <b>{value}</b>
              </li>
            ))}
          </ul>
        </section>
      ) : (
        <PlainLink href={`${withQuery(REMINDERS_PATH, { preview: 'weekly' })}#weekly`} className="mt-3 block text-sm">
          {t('weekly.preview')}
        </PlainLink>
      )}
    </Panel>
  )
}
