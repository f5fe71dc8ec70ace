import type { ReactNode } from 'react'
import { manageServerPath } from '@/app/paths'
import { PlainForm } from '@/components/action-form'
import { Select } from '@/components/inputs'
import { SubmitButton } from '@/components/submit-button'
import type { Translator } from '@/lib/i18n/translations'
import type { ListedServer } from '@/lib/mail-server/servers'
import { NameForm } from './name-form'
import { makeDefaultAction, removeServerAction, setFailoverAction } from './server-actions'

interface ManageContext {
  server: ListedServer
  servers: readonly ListedServer[]
  t: Translator<'mail-server'>
}

/** One thing that is rarely done to a mail server: its name in the menu, and the form behind it. */
interface Management {
  key: 'rename' | 'failover' | 'default' | 'remove'
  trigger: string
  title: string
  href: string
  form: ReactNode
}

/** Name, failover server, default and removal. What is not possible now says why in place of its form. */
export function managementOf(context: ManageContext): Management[] {
  const { server, t } = context
  const { id, name } = server
  const href = (key: string) => `${manageServerPath(id)}#${key}`
  return [
    {
      key: 'rename',
      trigger: t('servers.rename'),
      title: t('servers.renameTitle'),
      href: href('rename'),
      form: (
        <NameForm
          server={id}
          name={name}
          labels={{ label: t('servers.name'), hint: t('servers.nameHint'), send: t('servers.renameButton') }}
        />
      ),
    },
    {
      key: 'failover',
      trigger: t('servers.setFailover'),
      title: t('servers.failover'),
      href: href('failover'),
      form: <FailoverForm {...context} />,
    },
    {
      key: 'default',
      trigger: t('servers.makeDefault'),
      title: t('servers.makeDefaultTitle'),
      href: href('default'),
      form: <DefaultForm {...context} />,
    },
    {
      key: 'remove',
      trigger: t('servers.remove'),
      title: t('servers.removeTitle', { name }),
      href: href('remove'),
      form: <RemoveForm {...context} />,
    },
  ]
}

/** Chooses the failover server among those with saved settings. Two servers may be each other's. */
function FailoverForm({ server, servers, t }: ManageContext) {
  const candidates = servers.filter(({ id, version }) => id !== server.id && version > 0)
  if (candidates.length === 0) return <Reason>{t('servers.noFailoverYet')}</Reason>
  return (
    <PlainForm action={setFailoverAction} className="grid gap-4">
      <input type="hidden" name="server" value={server.id} />
      <Select
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
      <div>
        <SubmitButton>{t('servers.saveFailover')}</SubmitButton>
      </div>
    </PlainForm>
  )
}

function DefaultForm({ server: { id, isDefault, version }, t }: ManageContext) {
  if (isDefault) return <Reason>{t('servers.isDefault')}</Reason>
  if (version === 0) return <Reason>{t('servers.notYetDefault')}</Reason>
  return (
    <PlainForm action={makeDefaultAction} className="grid gap-4">
      <input type="hidden" name="server" value={id} />
      <Reason>{t('servers.makeDefaultText')}</Reason>
      <div>
        <SubmitButton>{t('servers.makeDefault')}</SubmitButton>
      </div>
    </PlainForm>
  )
}

function RemoveForm({ server: { id, name, isDefault }, t }: ManageContext) {
  if (isDefault) return <Reason>{t('servers.isDefault')}</Reason>
  return (
    <PlainForm action={removeServerAction} className="grid gap-4">
      <input type="hidden" name="server" value={id} />
      <Reason>{t('servers.removeText')}</Reason>
      <div>
        <SubmitButton kind="danger">{t('servers.removeButton', { name })}</SubmitButton>
      </div>
    </PlainForm>
  )
}

const Reason = ({ children }: { children: string }) => <p className="text-soft">{children}</p>
