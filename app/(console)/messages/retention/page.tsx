import { RefusalMessage } from '@/app/_form/flash-message'
import { typedInAddress } from '@/app/_form/typed-in-address'
import { page, pageTitle } from '@/app/_server/page'
import { MESSAGES_PATH } from '@/app/paths'
import { PlainForm } from '@/components/action-form'
import { TextInput } from '@/components/inputs'
import { Live } from '@/components/live'
import { Note } from '@/components/note'
import { Page } from '@/components/page'
import { SubmitButton } from '@/components/submit-button'
import { absoluteTime } from '@/components/timestamp'
import { Toast } from '@/components/toast'
import { MESSAGE_DAYS_MAX } from '@/lib/outbox/retention'
import { services } from '@/lib/services'
import { saveRetentionAction } from './actions'
import { FIELDS } from './query'

export const generateMetadata = pageTitle('messages', 'retention.title')

/** How long messages and their texts are kept. */
export default page('messages:read', 'messages', async ({ may, locale, t, query }) => {
  const stored = await services().outbox.retention()
  const { updatedBy, updatedAt, version } = stored
  const days = { messageDays: stored.messageDays, failedBodyDays: stored.failedBodyDays, max: MESSAGE_DAYS_MAX }
  const fault = query.done === 'invalid' || query.done === 'changed' ? query.done : null
  const typed = typedInAddress(query, ['invalid', 'changed'])
  const fieldValue = (name: (typeof FIELDS)[number]) => (typed ? typed(name) : String(stored[name]))
  return (
    <Page
      title={t('retention.title')}
      crumbs={[{ label: t('title'), href: MESSAGES_PATH }]}
      description={t('retention.description')}
    >
      <RefusalMessage refused={query.refused} />
      {query.done === 'saved' && <Toast>{t('retention.saved')}</Toast>}
      {fault && (
        <Live role="alert" className="mb-6">
          <Note kind="danger">{t(fault === 'invalid' ? 'retention.invalid' : 'retention.conflict', days)}</Note>
        </Live>
      )}
      {/* A person whose role was changed sees what they typed. */}
      {may('messages:write') || typed ? (
        <PlainForm action={saveRetentionAction} className="grid max-w-[34rem] gap-5">
          <input type="hidden" name="version" value={typed?.('version') || version} />
          {FIELDS.map((name) => (
            <TextInput
              key={`${name} ${fieldValue(name)}`}
              name={name}
              label={t(`retention.${name}`)}
              hint={t(`retention.${name}Hint`, days)}
              inputMode="numeric"
              maxLength={5}
              defaultValue={fieldValue(name)}
            />
          ))}
          <div>
            <SubmitButton kind="primary">{t('retention.save')}</SubmitButton>
          </div>
        </PlainForm>
      ) : (
        <p>{t('retention.are', days)}</p>
      )}
      {updatedBy !== null && updatedAt !== null && (
        <p className="mt-6 text-sm text-soft">
          {t('retention.changed', { who: updatedBy, when: absoluteTime(updatedAt, locale) })}
        </p>
      )}
    </Page>
  )
})
