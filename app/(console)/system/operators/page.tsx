import { FlashMessage } from '@/app/_form/flash-message'
import { FormInput } from '@/app/_form/form-input'
import { PersonForm } from '@/app/_form/person-form'
import { page } from '@/app/_server/page'
import { SessionTable } from '@/app/(console)/account/session-table'
import { operatorPath } from '@/app/paths'
import { Answer, Page, Panel, Part } from '@/components/page'
import { Table } from '@/components/table'
import { NameLink, Timestamp } from '@/components/text'
import { services } from '@/lib/services'
import { addOperatorAction, endSessionAction } from '../actions'
import { OperatorState, RoleSelect, systemBar } from '../parts'

export default page('people:read', 'people', async ({ caller, may, now, t, query }) => {
  const { signIn } = services()
  const [operators, sessions] = await Promise.all([signIn.operators(), signIn.sessions(null)])
  const active = operators.filter(({ disabledAt, hasPassword }) => disabledAt === null && hasPassword)
  const counts = {
    admins: active.filter(({ role }) => role === 'admin').length,
    without: active.filter(({ secondFactor }) => !secondFactor).length,
  }
  return (
    <Page {...systemBar('operators', may, t)}>
      <FlashMessage query={query} t={t} texts="operator.done" />
      <Answer
        tone="info"
        mark={active.length}
        title={t('operators.answer', { count: active.length })}
        detail={t('operators.answerDetail', counts)}
      />
      <Table caption={t('operators.title')} rows={operators} rowKey={({ id }) => id}>
        {(column) => [
          column(t('field.email'), ({ id, email, name }) => (
            <>
              <NameLink href={operatorPath(id)} name={email} />
              {name !== email && <span className="block font-[400] text-faint">{name}</span>}
            </>
          )),
          column(t('field.role'), ({ role }) => t(`role.${role}`)),
          column(t('field.state'), (operator) => <OperatorState {...{ operator, t }} />),
          column(t('field.secondFactor'), { brief: 'named' }, ({ secondFactor }) =>
            t(secondFactor ? 'operator.factorOn' : 'operator.factorOff'),
          ),
          column(t('field.lastSignIn'), { brief: 'named' }, ({ lastSignInAt }) =>
            lastSignInAt ? <Timestamp at={lastSignInAt} {...{ now, t }} /> : t('operator.never'),
          ),
        ]}
      </Table>
      <Panel id="add" title={t('operators.add')} description={t('operators.addHow')} className="max-w-[45rem]">
        <PersonForm action={addOperatorAction} submit={{ label: t('operators.addSubmit') }}>
          <FormInput name="newEmail" label={t('field.email')} type="email" required />
          <FormInput name="newName" label={t('field.name')} />
          <RoleSelect name="newRole" chosen="viewer" t={t} />
        </PersonForm>
      </Panel>
      <Part id="sessions" title={t('sessions.title')} aside={t('sessions.detail')}>
        <SessionTable
          sessions={sessions}
          currentId={caller.sessionId}
          end={endSessionAction}
          showEmail
          {...{ t, now }}
        />
      </Part>
    </Page>
  )
})
