import ipaddr from 'ipaddr.js'
import { page } from '@/app/_server/page'
import { POLICY_PATH, SUBMISSION_SIMULATOR_PATH } from '@/app/paths'
import { type SearchParams, textIn } from '@/app/search-params'
import { Button } from '@/components/button'
import { TextArea, TextInput } from '@/components/inputs'
import { Note } from '@/components/note'
import { Page } from '@/components/page'
import { Panel, Part } from '@/components/panel'
import { TextLink } from '@/components/text'
import type { Translator } from '@/lib/i18n/translations'
import { groupBy, recordOf } from '@/lib/kernel'
import type { SimulatedDecision } from '@/lib/policy'
import { services } from '@/lib/services'
import { refusalText } from '@/lib/submission/refusal'
import { FieldErrors } from '../../_form/field-errors'
import { SimulationView } from '../../policy/_simulator/result-view'
import { policyLabels } from '../../policy/parts'
import { clientTabs, ListenerOffNote } from '../parts'
import { OutcomeAnswer } from './outcome-answer'

const FIELDS = ['address', 'login', 'sender', 'recipients', 'size'] as const
type Field = (typeof FIELDS)[number]

const TYPED_CHARS_MAX = 4_000
const RECIPIENTS_SIMULATED_MAX = 20

/** What would happen to a message of a device, from its connection to Exchange. Nothing is sent. */
export default page('policy:simulate', 'clients', async ({ may, t, texts, query: parameters }) => {
  const [submission, policy] = texts('submission', 'policy')
  const { fields, wrong, input } = readSimulation(parameters)
  const { submission: service, rules, environment } = services()
  const ports = environment.submission?.ports
  const isAsked = parameters.sender !== undefined
  const outcome = ports && isAsked && wrong.length === 0 ? await service.simulate({ ports, ...input }) : null
  const errors = Object.fromEntries(
    (isAsked ? wrong : []).map((name) => [name, t(`simulate.wrong.${fields[name] === '' ? 'missing' : name}`)]),
  )
  const w = outcome && policyLabels(policy, (await rules.view()).servers)
  const recipients = outcome?.refusal === null ? outcome.recipients : []
  const accepted = recipients.filter(({ refusal }) => refusal === null).map(({ address }) => address)
  const decided =
    outcome?.refusal === null && outcome.sender
      ? await rules.simulate({ originator: outcome.sender, recipients: accepted.join('\n'), fields: null })
      : null
  return (
    <Page
      title={t('title')}
      width="text"
      documentTitle={t('simulate.title')}
      {...clientTabs(t, 'simulate', may)}
      description={outcome ? null : t('simulate.text')}
    >
      {!ports && <ListenerOffNote t={t} />}
      {outcome && <OutcomeAnswer {...{ outcome, t, submission }} typed={fields} mayAdd={may('clients:write')} />}
      {Object.keys(errors).length > 0 && (
        <FieldErrors
          title={t('simulate.errors')}
          errors={errors}
          labels={recordOf(FIELDS, (name) => t(`simulate.field.${name}`))}
        />
      )}
      {/* Recipients that are refused while others are accepted. */}
      {accepted.length < recipients.length && (
        <Note kind="warning">
          <ul>
            {recipients.map(
              ({ address, refusal }) => refusal && <li key={address}>{refusalText(submission, refusal)}</li>,
            )}
          </ul>
        </Note>
      )}
      {decided?.ok && w && (
        <Part title={t('simulate.sent')}>
          <div className="grid gap-3">
            {[...groupBy(decided.value, resultOf).values()].map(([decision, ...same]) => (
              <SimulationView
                key={decision.recipient}
                decision={{ ...decision, recipient: [decision, ...same].map(({ recipient }) => recipient).join(', ') }}
                w={w}
              />
            ))}
          </div>
        </Part>
      )}
      {decided && !decided.ok && <Note kind="warning" title={t('simulate.undecided')} />}
      <Panel title={t('simulate.question')}>
        <Form {...{ fields, errors, t }} />
      </Panel>
      <p className="text-sm">
        <TextLink href={POLICY_PATH}>{t('simulate.toPolicy')}</TextLink>
      </p>
    </Page>
  )
})

/** What is the same for several recipients is shown once. */
const resultOf = ({ recipient: _, ...result }: SimulatedDecision): string => JSON.stringify(result)

/** What the address asks for, as typed and as it is simulated, and which fields are wrong. The typed size is in MiB. */
function readSimulation(params: SearchParams) {
  const fields = recordOf(FIELDS, (name) => textIn(params, name, TYPED_CHARS_MAX))
  const { address, login, sender, size } = fields
  const recipients = fields.recipients.split(/[\s,;]+/u).filter((part) => part !== '')
  const mebibytes = size === '' ? 0 : Number(size.replace(',', '.'))
  const isWrong = {
    address: !ipaddr.isValid(address),
    size: !(mebibytes >= 0 && mebibytes < 10_000),
    recipients: recipients.length === 0 || recipients.length > RECIPIENTS_SIMULATED_MAX,
  }
  const wrong = (['address', 'recipients', 'size'] as const).filter((name) => isWrong[name])
  const input = { address, login, sender, recipients, sizeBytes: Math.round(mebibytes * 1024 ** 2) }
  return { fields, wrong, input }
}

/** A GET form: its address can be sent to a colleague. */
function Form(props: {
  fields: Record<Field, string>
  errors: Partial<Record<Field, string>>
  t: Translator<'clients'>
}) {
  const { fields, errors, t } = props
  const field = (name: Field) => ({
    name,
    label: t(`simulate.field.${name}`),
    hint: t(`simulate.hint.${name}`),
    defaultValue: fields[name],
    error: errors[name],
  })
  return (
    <form action={`${SUBMISSION_SIMULATOR_PATH}#result`} className="grid gap-4">
      <div className="grid items-start gap-4 sm:grid-cols-2">
        <TextInput {...field('address')} maxLength={45} />
        <TextInput {...field('login')} maxLength={100} />
        <TextInput {...field('sender')} inputMode="email" maxLength={320} />
        <TextArea {...field('recipients')} rows={2} />
        <TextInput {...field('size')} inputMode="decimal" maxLength={8} />
      </div>
      <div>
        <Button kind="primary" text={t('simulate.button')} />
      </div>
    </form>
  )
}
