import { FormInput } from '@/app/_form/form-input'
import { page } from '@/app/_server/page'
import { MESSAGES_PATH } from '@/app/paths'
import { Page } from '@/components/page'
import { Toast } from '@/components/toast'
import { recordOf } from '@/lib/kernel'
import { MESSAGE_DAYS_MAX, RETENTION_FIELDS } from '@/lib/outbox/retention'
import { services } from '@/lib/services'
import { SettingsForm } from '../../_form/settings-form'
import { saveRetentionAction } from './actions'

export default page('messages:read', 'messages', async ({ may, t, query }) => {
  const stored = await services().outbox.retention()
  const { updatedBy, updatedAt, version } = stored
  const days = { messageDays: stored.messageDays, failedBodyDays: stored.failedBodyDays, max: MESSAGE_DAYS_MAX }
  return (
    <Page
      title={t('retention.title')}
      crumbs={[{ label: t('title'), href: MESSAGES_PATH }]}
      description={t('retention.description')}
    >
      {query.done === 'saved' && <Toast>{t('retention.saved')}</Toast>}
      <SettingsForm
        action={saveRetentionAction}
        hidden={{ version }}
        mayWrite={may('messages:write')}
        otherwise={<p>{t('retention.are', days)}</p>}
        labels={recordOf(RETENTION_FIELDS, (name) => t(`retention.${name}`))}
        guarded
        submit={t('retention.save')}
        className="grid max-w-[34rem] gap-5"
      >
        {RETENTION_FIELDS.map((name) => (
          <FormInput
            key={name}
            name={name}
            label={t(`retention.${name}`)}
            hint={t(`retention.${name}Hint`, days)}
            inputMode="numeric"
            maxLength={5}
            defaultValue={stored[name]}
          />
        ))}
      </SettingsForm>
      {updatedBy !== null && updatedAt !== null && (
        <p className="mt-6 text-sm text-soft">{t('retention.changed', { who: updatedBy, when: t.time(updatedAt) })}</p>
      )}
    </Page>
  )
})
