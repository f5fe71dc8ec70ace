import type { ReactNode } from 'react'
import { page } from '@/app/_server/page'
import { mailServers, statusOf } from '@/app/_server/status'
import { SUBMISSION_SIMULATOR_PATH } from '@/app/paths'
import { Answer, type AnswerProps } from '@/components/answer'
import { Button, ButtonLink } from '@/components/button'
import { DataList, pair } from '@/components/data-list'
import { Icon } from '@/components/icon'
import { Page } from '@/components/page'
import { Panel, WithSide } from '@/components/panel'
import { PlainLink } from '@/components/text'
import type { Translator } from '@/lib/i18n/translations'
import type { RulesView } from '@/lib/policy'
import type { RuleFields } from '@/lib/policy/draft'
import { services } from '@/lib/services'
import { fieldLabel, otherwiseText, valueText } from './_editor/difference-list'
import { FindingNotes } from './_editor/finding-notes'
import { POLICY_FORM, type PolicyLabels } from './_editor/labels'
import { PolicyForm } from './_editor/policy-form'
import { RuleRow } from './_editor/rule-row'
import { SimulatorForm } from './_simulator/simulator-panel'
import { policyLabels, policyTabs, RevisionLine } from './parts'

export default page('policy:read', 'policy', async ({ may, now, t }) => {
  const view = await services().rules.view()
  const maySave = may('policy:write')
  const maySimulate = may('policy:simulate')
  const w = policyLabels(t, view.servers)
  const [first] = await mailServers()
  const sender = first && (await statusOf(first.id)).server?.settings?.senderAddress
  return (
    <Page
      {...policyTabs(t, 'rules')}
      title={t('title')}
      actions={
        <>
          {/* Enter in a field presses the first button of its form, so the first one only previews the draft. */}
          {maySave && (
            <button type="submit" form={POLICY_FORM} name="do" value="check" hidden tabIndex={-1} aria-hidden="true" />
          )}
          {maySimulate && <ButtonLink kind="quiet" href={SUBMISSION_SIMULATOR_PATH} text={t('fromDevice')} />}
          {maySave && view.fields.rules.length > 0 && (
            <AddButton label={<span className="bar-label">{w.form.add}</span>} />
          )}
        </>
      }
    >
      <Answer {...answerOf({ view, sender, maySave, maySimulate, add: w.form.add, t })} />
      {maySave ? <PolicyForm {...view} w={w} /> : <ReadOnly view={view} maySimulate={maySimulate} w={w} />}
      <RevisionLine view={view} now={now} t={t} />
    </Page>
  )
})

/** In the bar, or next to the answer while there is no rule. */
const AddButton = ({ label }: { label: ReactNode }) => (
  <Button
    id="add-rule"
    form={POLICY_FORM}
    name="do"
    value="add::"
    text={
      <>
        <Icon name="plus" className="size-4" />
        {label}
      </>
    }
  />
)

function answerOf(about: {
  view: RulesView
  /** Of the default mail server; absent if none is saved. */
  sender: string | undefined
  maySave: boolean
  maySimulate: boolean
  add: string
  t: Translator<'policy'>
}): AnswerProps {
  const { view, sender = 'none', maySave, maySimulate, add, t } = about
  const { fields, findings, impact, unreadable } = view
  const rules = fields.rules.length
  if (unreadable)
    return {
      tone: 'bad',
      title: t('answer.unreadable'),
      detail: t(maySave ? 'answer.unreadableText' : 'answer.unreadableAsk'),
    }
  if (rules === 0)
    return {
      tone: fields.otherwise === 'decline' ? 'warn' : 'neutral',
      mark: 0,
      title: t('answer.none'),
      detail: `${t('answer.noneText', { otherwise: fields.otherwise, sender })} ${t('answer.whom')}`,
      action: maySave && <AddButton label={add} />,
    }
  const active = fields.rules.filter(({ enabled }) => enabled).length
  const faulty = new Set(findings.map(({ rule }) => rule)).size
  const { messages, undecided } = impact ?? { messages: 0, undecided: 0 }
  const decided = messages > 0 && t('answer.decided', { messages, undecided, decided: messages - undecided })
  const detail = (
    <>
      {`${t('answer.first')} ${decided || t('answer.whom')} `}
      {/* Where the simulator is below the rules. */}
      {maySimulate && (
        <PlainLink href="#try" className="no-print lg:hidden">
          {t('try.title')}
        </PlainLink>
      )}
    </>
  )
  if (faulty > 0)
    return { tone: 'warn', mark: faulty, title: t('answer.findings', { rules, findings: faulty }), detail }
  const title = active < rules ? t('answer.someOff', { active, rules }) : t('answer.active', { rules })
  return { tone: active > 0 ? 'good' : 'neutral', title, detail }
}

function ReadOnly({ view, maySimulate, w }: { view: RulesView; maySimulate: boolean; w: PolicyLabels }) {
  const { fields } = view
  const list = (
    <>
      {fields.rules.length > 0 && (
        <Panel flush>
          <ol aria-label={w.form.list} className="divide-y divide-line">
            {fields.rules.map((rule, index) => (
              <li key={rule.id}>
                <RuleRow {...{ rule, w }} preview={view} place={index + 1}>
                  <DataList
                    items={shownFields(rule, w).map((field) =>
                      pair(
                        fieldLabel(field, w),
                        <span className="whitespace-pre-line">{valueText(rule, field, w)}</span>,
                      ),
                    )}
                  />
                </RuleRow>
              </li>
            ))}
          </ol>
        </Panel>
      )}
      <DataList items={[pair(w.form.otherwise, otherwiseText(fields.otherwise, w))]} />
      <p className="text-sm text-faint">{maySimulate ? w.form.operatorNote : w.form.viewerNote}</p>
    </>
  )
  return (
    <>
      <FindingNotes {...{ fields, w }} findings={view.findings} mayFix={false} />
      {maySimulate ? <WithSide side={<SimulatorForm w={w} />}>{list}</WithSide> : list}
    </>
  )
}

const shownFields = ({ verdict }: RuleFields, { servers }: PolicyLabels): (keyof RuleFields)[] => [
  'senders',
  'recipients',
  'verdict',
  ...(verdict === 'decline' ? [] : (['senderAddress', 'senderName', 'individual'] as const)),
  ...(verdict === 'decline' || servers.length < 2 ? [] : (['server'] as const)),
]
