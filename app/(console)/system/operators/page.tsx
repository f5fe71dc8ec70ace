import { FlashMessage } from '@/app/_form/flash-message'
import { FormInput } from '@/app/_form/form-input'
import { PersonForm } from '@/app/_form/person-form'
import { page } from '@/app/_server/page'
import { SessionTable } from '@/app/(console)/account/session-table'
import { pageIn, readPage } from '@/app/paging'
import { OPERATORS_PATH, operatorPath, withQuery } from '@/app/paths'
import { textIn } from '@/app/search-params'
import { Answer, EmptyState } from '@/components/answer'
import { Facets, Pagination, SearchBox } from '@/components/list-controls'
import { Page } from '@/components/page'
import { Panel, Part } from '@/components/panel'
import { Table } from '@/components/table'
import { NameLink, Timestamp } from '@/components/text'
import { services } from '@/lib/services'
import { addOperatorAction, endSessionAction } from '../actions'
import { OperatorState, RoleSelect, systemBar } from '../parts'

export default page('people:read', 'people', async ({ caller, may, now, t, query }) => {
  const { signIn } = services()
  const text = textIn(query, 'text')
  const [{ rows, total, active, before, after }, sessions] = await Promise.all([
    readPage(
      pageIn(query),
      (wanted) => signIn.pageOfOperators(text, wanted),
      (to) => withQuery(OPERATORS_PATH, { text, page: String(to) }),
    ),
    signIn.sessions(null),
  ])
  return (
    <Page {...systemBar('operators', may, t)}>
      <FlashMessage query={query} t={t} texts="operator.done" />
      <Answer
        tone="info"
        mark={active.all}
        title={t('operators.answer', { count: active.all })}
        detail={t('operators.answerDetail', active)}
      />
      {(text || total > rows.length) && (
        <Facets results={t.number(total)}>
          <SearchBox path={OPERATORS_PATH} query={{ text }} label={t('operators.filter')} value={text} t={t} />
        </Facets>
      )}
      {rows.length === 0 && <EmptyState title={t('operators.none')} link={[OPERATORS_PATH, t('filter.clearAll')]} />}
      {rows.length > 0 && (
        <Table caption={t('operators.title')} rows={rows} rowKey={({ id }) => id}>
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
      )}
      <Pagination t={t} newer={before} older={after} />
      <Panel id="add" title={t('operators.add')} description={t('operators.addHow')} className="max-w-[45rem]">
        <PersonForm action={addOperatorAction} submit={{ label: t('operators.addSubmit') }} guarded>
          <FormInput name="newEmail" label={t('field.email')} type="email" required />
          <FormInput name="newName" autoCapitalize="words" label={t('field.name')} hint={t('field.nameHint')} />
          <RoleSelect name="newRole" chosen="viewer" t={t} />
        </PersonForm>
      </Panel>
      <Part id="sessions" title={t('sessions.title')} aside={t('sessions.detail')}>
        <SessionTable {...sessions} currentId={caller.sessionId} end={endSessionAction} showEmail {...{ t, now }} />
      </Part>
    </Page>
  )
})
