import { FlashMessage } from '@/app/_form/flash-message'
import { PlainForm } from '@/components/action-form'
import { Select } from '@/components/inputs'
import { Section } from '@/components/section'
import { SubmitButton } from '@/components/submit-button'
import type { Translator } from '@/lib/i18n/translations'
import type { ListedServer } from '@/lib/mail-server/servers'
import { NameForm } from './name-form'
import { makeDefaultAction, removeServerAction, setFailoverAction } from './server-actions'

/** Renames and removes the mail server, and chooses its failover server and the default one. */
export function ManagePart(props: {
  server: ListedServer
  servers: readonly ListedServer[]
  t: Translator<'mail-server'>
}) {
  const { server, t } = props
  const { id, name, isDefault, version } = server
  return (
    <Section id="manage" title={t('servers.manage')}>
      <div className="grid gap-8">
        <NameForm
          server={id}
          name={name}
          labels={{ label: t('servers.name'), hint: t('servers.nameHint'), send: t('servers.rename') }}
        />
        <FailoverForm {...props} />
        {isDefault ? (
          <p className="max-w-[44rem] text-sm text-soft">{t('servers.isDefault')}</p>
        ) : (
          <>
            <div className="grid max-w-[44rem] gap-2">
              <p className="text-sm text-soft">
                {t(version === 0 ? 'servers.notYetDefault' : 'servers.makeDefaultText')}
              </p>
              {version > 0 && (
                <PlainForm action={makeDefaultAction}>
                  <input type="hidden" name="server" value={id} />
                  <SubmitButton>{t('servers.makeDefault')}</SubmitButton>
                </PlainForm>
              )}
            </div>
            <div className="grid max-w-[44rem] gap-2">
              <p className="text-sm text-soft">{t('servers.removeText')}</p>
              <PlainForm action={removeServerAction}>
                <input type="hidden" name="server" value={id} />
                <SubmitButton kind="danger">{t('servers.remove', { name })}</SubmitButton>
              </PlainForm>
            </div>
          </>
        )}
      </div>
    </Section>
  )
}

/** Chooses the failover server among those with saved settings. Two servers may be each other's. */
function FailoverForm({ server, servers, t }: Parameters<typeof ManagePart>[0]) {
  const candidates = servers.filter(({ id, version }) => id !== server.id && version > 0)
  if (candidates.length === 0) return null
  return (
    <PlainForm action={setFailoverAction} className="grid max-w-[44rem] gap-3">
      <input type="hidden" name="server" value={server.id} />
      <Select
        key={server.failoverId}
        name="backup"
        label={t('servers.backup')}
        hint={t('servers.backupHint')}
        defaultValue={server.failoverId ?? ''}
        options={[
          { value: '', label: t('servers.noBackup') },
          ...candidates.map(({ id, name }) => ({ value: id, label: name })),
        ]}
      />
      <div>
        <SubmitButton>{t('servers.setBackup')}</SubmitButton>
      </div>
    </PlainForm>
  )
}

const DONE = ['renamed', 'default', 'removed', 'backup', 'no-backup']

/** What the last of these buttons did, after its redirect; anything but `DONE` is a change that did not happen. */
export const ServerFlash = (props: {
  query: Record<string, string | string[] | undefined>
  t: Translator<'mail-server'>
}) => <FlashMessage {...props} texts="servers.done" kindOf={(key) => (DONE.includes(key) ? 'info' : 'warning')} />
