import { FormInput, FormSelect } from '@/app/_form/form-input'
import { mailServerPath } from '@/app/paths'
import { buttonDialog } from '@/components/button-form'
import type { MenuDialog } from '@/components/menu'
import type { Translator } from '@/lib/i18n/translations'
import type { ListedServer } from '@/lib/mail-server/servers'
import { SettingsForm } from '../../_form/settings-form'
import { makeDefaultAction, removeServerAction, renameServerAction, setFailoverAction } from './manage-actions'

interface ManageContext {
  server: ListedServer
  servers: readonly ListedServer[]
  t: Translator<'mail-server'>
}

/** Name, failover server, default and removal. What is not possible now says why in place of its form. */
export function managementOf(context: ManageContext): MenuDialog[] {
  const { server, t } = context
  const { id, name, isDefault, version } = server
  const makeDefault = buttonDialog({
    id: 'default',
    text: t('servers.makeDefault'),
    title: t('servers.makeDefaultTitle', { name }),
    action: makeDefaultAction,
    hidden: { server: id },
    effect: t('servers.makeDefaultText'),
    button: t('servers.makeDefault'),
  })
  const remove = buttonDialog({
    id: 'remove',
    text: t('servers.remove'),
    title: t('servers.removeTitle', { name }),
    action: removeServerAction,
    hidden: { server: id },
    effect: t('servers.removeText'),
    kind: 'danger',
    button: t('servers.removeButton', { name }),
  })
  return [
    {
      id: 'rename',
      text: t('servers.rename'),
      title: t('servers.renameTitle', { name }),
      form: (
        <SettingsForm
          action={renameServerAction}
          hidden={{ server: id, seenName: name }}
          isShort
          submit={t('servers.renameButton')}
          kind="secondary"
          className="grid max-w-md gap-3"
        >
          <NameInput name={name} t={t} />
        </SettingsForm>
      ),
    },
    {
      id: 'failover',
      text: t('servers.setFailover'),
      title: t('servers.failoverTitle', { name }),
      form: <FailoverForm {...context} />,
    },
    isDefault || version === 0
      ? { ...makeDefault, form: <Reason>{t(isDefault ? 'servers.isDefault' : 'servers.notYetDefault')}</Reason> }
      : makeDefault,
    isDefault ? { ...remove, form: <Reason>{t('servers.removeDefault')}</Reason> } : remove,
  ]
}

export const NameInput = ({ name, t }: { name: string; t: Translator<'mail-server'> }) => (
  <FormInput
    name="serverName"
    label={t('servers.name')}
    hint={t('servers.nameHint')}
    defaultValue={name}
    autoCapitalize="sentences"
    autoComplete="off"
    maxLength={255}
  />
)

/** Chooses the failover server among those with saved settings. Two servers may be each other's. */
function FailoverForm({ server, servers, t }: ManageContext) {
  const candidates = servers.filter(({ id, version }) => id !== server.id && version > 0)
  if (candidates.length === 0) return <Reason>{t('servers.noFailoverYet')}</Reason>
  return (
    <SettingsForm
      action={setFailoverAction}
      address={`${mailServerPath(server.id)}#failover`}
      hidden={{ server: server.id, seenBackup: server.failoverId ?? '' }}
      submit={t('servers.saveFailover')}
      kind="secondary"
      className="grid gap-4"
    >
      <FormSelect
        key={server.failoverId}
        name="backup"
        label={t('servers.failover')}
        hint={t('servers.failoverHint')}
        defaultValue={server.failoverId ?? ''}
        options={[
          { value: '', label: t('servers.noFailover') },
          ...candidates.map(({ id, name }) => ({ value: id, label: name })),
        ]}
      />
    </SettingsForm>
  )
}

const Reason = ({ children }: { children: string }) => <p className="text-soft">{children}</p>
