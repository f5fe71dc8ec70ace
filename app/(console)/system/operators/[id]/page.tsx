import { FlashMessage } from '@/app/_form/flash-message'
import { FormInput } from '@/app/_form/form-input'
import { PersonForm } from '@/app/_form/person-form'
import { page } from '@/app/_server/page'
import { notFound } from '@/app/_server/refusal'
import { CLIENTS_PATH, CREDENTIALS_PATH, OPERATORS_PATH, REMINDERS_PATH, withQuery } from '@/app/paths'
import { DataList, pair } from '@/components/data-list'
import { Page } from '@/components/page'
import { Panel } from '@/components/panel'
import { TextLink, Timestamp } from '@/components/text'
import type { OperatorView } from '@/lib/accounts/terms'
import type { Translator, ViewContext } from '@/lib/i18n/translations'
import { services } from '@/lib/services'
import { changeRoleAction, newLinkAction, removeAction, resetFactorAction, setAccessAction } from '../../actions'
import { OperatorState, RoleSelect } from '../../parts'

export default page('people:write', 'people', async ({ caller, now, t, id, query }) => {
  const [operator] = await services().signIn.operators([id])
  if (!operator) notFound()
  const hidden = { operator: operator.id }
  // One's own password and second factor are changed under Your account.
  const isOther = caller.actor.id !== id
  const submit = (label: string) => ({ label, kind: 'secondary' as const })
  const access = operator.disabledAt ? 'enable' : 'disable'
  const link = operator.hasPassword ? 'link' : 'invitation'
  return (
    <Page title={operator.email} width="text" crumbs={[{ label: t('operators.title'), href: OPERATORS_PATH }]}>
      <FlashMessage query={query} t={t} texts="operator.done" />
      <About operator={operator} {...{ now, t }} />
      <Panel id="change-role" title={t('operator.roleTitle')} description={t('operator.roleEffect')}>
        <PersonForm
          action={changeRoleAction}
          hidden={{ ...hidden, seenRole: operator.role }}
          submit={submit(t('operator.roleSubmit'))}
        >
          <RoleSelect name="role" chosen={operator.role} t={t} />
        </PersonForm>
      </Panel>
      <Panel id="access" title={t('operator.accessTitle')} description={t(`operator.${access}Effect`)}>
        <PersonForm
          action={setAccessAction}
          hidden={{ ...hidden, wanted: access }}
          submit={submit(t(`operator.${access}`))}
        />
      </Panel>
      {isOther && !operator.disabledAt && (
        <Panel id="link" title={t(`operator.${link}Title`)} description={t(`operator.${link}Effect`)}>
          <PersonForm action={newLinkAction} hidden={hidden} submit={submit(t('operator.linkSubmit'))} />
        </Panel>
      )}
      {isOther && operator.secondFactor && (
        <Panel id="factor" title={t('operator.factorTitle')} description={t('operator.factorEffect')}>
          <PersonForm action={resetFactorAction} hidden={hidden} submit={submit(t('operator.factorSubmit'))} />
        </Panel>
      )}
      <Panel id="remove" title={t('operator.removeTitle')} description={t('operator.removeEffect')}>
        <p className="mb-3 text-sm text-soft">{namesOf(operator, t)}</p>
        <PersonForm
          action={removeAction}
          hidden={{ ...hidden, email: operator.email }}
          submit={{ label: t('operator.removeSubmit'), kind: 'danger' }}
        >
          <FormInput name="confirm" label={t('operator.removeConfirm')} type="email" required />
        </PersonForm>
      </Panel>
    </Page>
  )
})

/** Where the address of a removed account remains as an owner or a channel. */
const namesOf = ({ email }: OperatorView, t: Translator<'people'>) =>
  t.rich('operator.removeNames', {
    credentials: (chunks) => <TextLink href={withQuery(CREDENTIALS_PATH, { owner: email })}>{chunks}</TextLink>,
    clients: (chunks) => <TextLink href={withQuery(CLIENTS_PATH, { text: email })}>{chunks}</TextLink>,
    channels: (chunks) => <TextLink href={REMINDERS_PATH}>{chunks}</TextLink>,
  })

function About({ operator, now, t }: ViewContext<'people'> & { operator: OperatorView }) {
  const { link } = operator
  return (
    <Panel id="about" title={t('operator.about')}>
      <DataList
        items={[
          pair(t('field.name'), operator.name !== operator.email && operator.name),
          pair(t('field.state'), <OperatorState {...{ operator, t }} />),
          pair(t('field.role'), t(`role.${operator.role}`)),
          pair(t('field.secondFactor'), t(operator.secondFactor ? 'operator.factorOn' : 'operator.factorOff')),
          pair(
            t('field.lastSignIn'),
            operator.lastSignInAt ? <Timestamp at={operator.lastSignInAt} {...{ now, t }} /> : t('operator.never'),
          ),
          pair(t('field.created'), <Timestamp at={operator.createdAt} {...{ now, t }} />),
          pair(t('field.link'), link && link.expiresAt > now && <Timestamp at={link.createdAt} {...{ now, t }} />),
        ]}
      />
    </Panel>
  )
}
