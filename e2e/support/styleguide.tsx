import NoticeOnPage from '@/app/(console)/_shell/notice-frame'
import { Answer, EmptyState } from '@/components/answer'
import { Gauge, Sparkline, StackedBars } from '@/components/bars'
import { BulkBar } from '@/components/bulk-bar'
import { Button, type ButtonKind, ButtonLink } from '@/components/button'
import { CodeBlock } from '@/components/code-block'
import { ConfirmFields } from '@/components/confirm-fields'
import { DataList, Fact, Facts, pair } from '@/components/data-list'
import { Dialog } from '@/components/dialog'
import { ErrorNotice } from '@/components/error-notice'
import { Icon } from '@/components/icon'
import { Checkbox, RadioGroup, SecretInput, Select, TextArea, TextInput } from '@/components/inputs'
import { Facet, Facets, Pagination, SearchBox, Segments } from '@/components/list-controls'
import { Menu } from '@/components/menu'
import { Note, type NoteKind } from '@/components/note'
import { Page } from '@/components/page'
import { Fold, Panel, Part, WithSide } from '@/components/panel'
import { WithPartTexts } from '@/components/part-texts'
import { SaveBar } from '@/components/save-bar'
import { StatusBadge } from '@/components/state-badge'
import { Steps } from '@/components/steps'
import { Table } from '@/components/table'
import { TaskList, Ticket } from '@/components/tasks'
import { TextLink, Timestamp } from '@/components/text'
import { Toast } from '@/components/toast'
import { formatsIn } from '@/lib/i18n/formats'

const HERE = '/styleguide'
const KINDS: readonly ButtonKind[] = ['primary', 'secondary', 'quiet', 'danger']
const NOTES: readonly NoteKind[] = ['info', 'success', 'warning', 'danger']
const FILTER = { 'filter.apply': 'Apply', 'filter.clear': 'Clear', 'filter.submit': 'Search' }
const LIST = {
  path: HERE,
  query: { state: 'failed', server: 'finance', text: 'invoice' },
  t: (key: keyof typeof FILTER) => FILTER[key],
}
const PAGING = { 'paging.label': 'Pages', 'paging.newer': 'Newer', 'paging.older': 'Older' }
const HOURS = [44, 41, 43, 38, 36, 35, 41, 47, 40, 33, 31, 28, 25, 23, 21, 18, 15, 11, 9, 6, 8, 19, 55, 70]
const MESSAGES = [
  { id: '1', day: 'Today', subject: 'Scan from floor 3', to: 'archive@litware.example', state: 'Failed', attempts: 1 },
  {
    id: '2',
    day: 'Today',
    subject: 'Your booking 20418',
    to: 'accounts@litware.example',
    state: 'Waiting',
    attempts: 3,
  },
  {
    id: '3',
    day: 'Yesterday',
    subject: 'Invoice 2026-1187',
    to: 'ap@fabrikam.example',
    state: 'Accepted',
    attempts: 1,
  },
]

/** The states that are not good. */
const TONES: Partial<Record<string, 'bad' | 'warn'>> = { Failed: 'bad', Waiting: 'warn' }
const NOW = new Date('2026-11-28T05:30:00Z')
const CONFIRMATION = {
  title: 'Confirm that it is you',
  text: 'Your sign-in is older than ten minutes.',
  username: 'admin@contoso.example',
  password: 'Password',
  code: { label: 'Code', hint: 'From your authenticator app.' },
}
const WRONG = { errors: { confirmPassword: 'Password: incorrect' } }

/** Every component in every state, for `styleguide.spec.ts`, and in development a page at `/styleguide`. */
export default function StyleguidePage() {
  return (
    <main className="min-h-dvh bg-sheet">
      <Page
        title="Style guide"
        crumbs={[{ label: 'Console', href: HERE }]}
        tabs={[
          { href: HERE, label: 'Components', current: true },
          { href: '?part=states', label: 'States', current: false },
        ]}
        tabsLabel="Parts"
        actions={
          <>
            <ButtonLink href={HERE} icon="calendar" text="Calendar" />
            <Menu label="More actions">
              <a href={HERE} className="menu-item">
                Rename
              </a>
              <button type="button" className="menu-item text-bad">
                Remove
              </button>
            </Menu>
          </>
        }
      >
        <WithPartTexts
          copy="Copy"
          copied="Copied"
          notCopied="Not copied"
          close="Close"
          pending="One moment…"
          results="Results"
        >
          <Answers />
          <Attention />
          <Controls />
          <Lists />
          <WithSide side={<SideParts />}>
            <Forms />
          </WithSide>
        </WithPartTexts>
        <Toast>Saved as revision 5.</Toast>
      </Page>
      <ErrorNotice error={Object.assign(new Error(), { digest: '1187204180' })} frame={NoticeOnPage} />
    </main>
  )
}

function Answers() {
  return (
    <div className="grid gap-6">
      <Answer
        tone="bad"
        mark={2}
        title="Two credentials need you this week."
        detail="Finance expires on Thursday. Scanner fleet sends with its previous credential."
        action={<Button kind="primary" text="Make it current" />}
      />
      <Answer tone="good" title="Nothing is due." detail="The client secret of Contoso mail is valid until 1 May." />
      <Answer tone="warn" mark="pause" title="Delivery is paused." />
      <Answer tone="bad" title="Failed: Exchange does not allow this sender." />
      <Answer tone="info" title="Unverified. Send a test message." />
      <Answer tone="neutral" mark={1493} title="1,493 messages." />
      <EmptyState title="No credentials to watch yet" action={<ButtonLink href={HERE} text="Set up a mail server" />}>
        As soon as you save a mail server that signs in, its credential appears here.
      </EmptyState>
    </div>
  )
}

function Attention() {
  const action = <Button small text="Make it current" />
  return (
    <>
      <div className="grid gap-4 sm:grid-cols-2">
        <Ticket
          tone="bad"
          figure="3"
          figureLabel="days left"
          title="Finance"
          subtitle="Client secret · expires Thursday, 3 December"
          actions={action}
        >
          Until you switch, mail from finance@contoso.example stops on Thursday.
        </Ticket>
        <Ticket
          tone="warn"
          figure="178"
          figureLabel="days left on the previous"
          title="Scanner fleet"
          actions={action}
        />
      </div>
      <Panel title="What went wrong" description="Failed messages, grouped by cause" flush>
        <TaskList
          items={[
            {
              key: '1',
              tone: 'warn',
              icon: 'warning',
              title: 'Litware relay is sending for Contoso mail: the client secret has expired',
              detail: 'Entra rejects the client secret.',
              action: <Button kind="primary" text="Replace the secret" />,
            },
            {
              key: '2',
              tone: 'bad',
              mark: 12,
              title: 'Not allowed to send as scanner@contoso.example',
              detail: 'Grant Send As, verify the sender, then send all twelve again.',
              action: <Button text="Fix the sender" />,
            },
          ]}
        />
      </Panel>
      <Panel title="Last 24 hours" aside="times in UTC">
        <StackedBars
          label="Messages by hour"
          bars={HOURS.map((accepted, hour) => ({
            key: String(hour),
            accepted,
            failed: hour === 6 ? 4 : 0,
            tick: hour % 4 === 0 ? `${hour}:00` : '',
          }))}
          top={String}
        />
      </Panel>
    </>
  )
}

function Controls() {
  return (
    <Part title="Buttons, badges, notes" aside="one filled button a page">
      <div className="grid gap-3">
        {[false, true].map((small) => (
          <div key={String(small)} className="flex flex-wrap items-center gap-2">
            {KINDS.map((kind) => (
              <Button key={kind} kind={kind} small={small} text={kind} />
            ))}
            <Button disabled small={small} text="disabled" />
            <Button pending small={small} text="pending" />
          </div>
        ))}
        <div className="flex flex-wrap gap-2">
          {(['neutral', 'good', 'warn', 'bad', 'info'] as const).map((tone) => (
            <StatusBadge key={tone} tone={tone}>
              {tone}
            </StatusBadge>
          ))}
        </div>
        {NOTES.map((kind) => (
          <Note key={kind} kind={kind} title={`A note of the kind ${kind}`} action={<Button small text="Do it" />}>
            One sentence about this page.
          </Note>
        ))}
        <div className="flex flex-wrap gap-2">
          <Button type="button" popoverTarget="remove" text="Remove" />
          <Dialog id="remove" title="Remove Finance?">
            <p>Its credentials and reminders are removed as well.</p>
          </Dialog>
        </div>
        <div className="[&>dialog]:static [&>dialog]:m-0">
          <Dialog id="shown" open title="Remove Litware?">
            <div className="grid gap-4">
              <p>Its credentials and reminders are removed as well.</p>
              <Button kind="danger" text="Remove the mail server" />
            </div>
          </Dialog>
        </div>
        <Fold summary="How to write patterns">
          <p className="text-sm text-soft">One a line: an address, a domain, or *.domain.</p>
        </Fold>
      </div>
    </Part>
  )
}

function Lists() {
  return (
    <Part title="Lists">
      <div className="grid gap-3">
        <Segments
          label="State"
          items={[
            { href: '?state=all', label: 'All', count: '1,493', current: false },
            { href: '?state=failed', label: 'Failed', count: '14', current: true },
            { href: '?state=waiting', label: 'Waiting', count: '3', current: false },
          ]}
        />
        <Facets results="14">
          <Facet {...LIST} name="server" label="Mail server" value="Finance">
            <Select
              name="server"
              label="Mail server"
              defaultValue="finance"
              options={[{ value: 'finance', label: 'Finance' }]}
            />
          </Facet>
          <Facet {...LIST} name="fault" label="Fault" value={null}>
            <TextInput name="fault" label="Fault" />
          </Facet>
          <SearchBox {...LIST} label="Subject, address or Message-ID" value="" />
        </Facets>
        <form>
          <BulkBar
            name="For the chosen messages"
            chosen="# chosen"
            list={
              <Table
                caption="Messages"
                groupOf={({ day }) => day}
                rows={MESSAGES}
                rowKey={({ id }) => id}
                narrow="cards"
              >
                {(column) => [
                  column('Subject', ({ id, subject }) => (
                    <label className="flex gap-2.5">
                      <input type="checkbox" name="id" value={id} defaultChecked={id === '1'} className="mt-0.5" />
                      {subject}
                    </label>
                  )),
                  column('To', ({ to }) => to),
                  column('State', ({ state }) => <StatusBadge tone={TONES[state] ?? 'good'}>{state}</StatusBadge>),
                  column('Last 24 hours', { wide: true }, () => <Sparkline values={HOURS.slice(12)} />),
                  column('Attempts', { align: 'end' }, ({ attempts }) => attempts),
                  column('Next step', { hideLabel: true }, () => <Button small text="Send again" />),
                ]}
              </Table>
            }
          >
            <Button kind="primary" small text="Send again" />
            <Button small text="Hold" />
          </BulkBar>
        </form>
        <Pagination t={(key) => PAGING[key]} newer="?page=1" older="?page=3" />
      </div>
    </Part>
  )
}

function Forms() {
  return (
    <Panel title="A form">
      <form className="grid gap-4">
        <TextInput name="host" label="SMTP server" defaultValue="mail.contoso.example" hint="Its name or address." />
        <TextInput
          name="sender"
          label="Sender email address"
          error="Sender email address: too long, at most 254 characters"
        />
        <TextArea
          name="networks"
          label="Networks"
          rows={3}
          defaultValue={'192.0.2.0/24\n2001:db8::/64'}
          hint="One a line."
          mono
        />
        <TextInput name="fixed" label="Object ID" readOnly defaultValue="7a0f0000-0000-4000-8000-000000000000" mono />
        <SecretInput name="secret" label="Client Secret" info="Blanks at the end were removed." />
        <Checkbox name="own" label="Allow individual senders" hint="Each one is verified on its own." />
        <RadioGroup
          name="way"
          legend="How it signs in"
          defaultValue="secret"
          options={[
            { value: 'secret', label: 'Client secret' },
            { value: 'certificate', label: 'Certificate', hint: 'The private key never leaves this console.' },
            { value: 'none', label: 'Without', disabled: true },
          ]}
        />
        {[false, true].map((isWrong) => (
          <ConfirmFields key={String(isWrong)} confirmation={{ ...CONFIRMATION, ...(isWrong && WRONG), isWrong }}>
            <Button kind="primary" text="Save changes" />
          </ConfirmFields>
        ))}
        <SaveBar
          save={<Button kind="primary" text="Save changes" />}
          unsaved="Changed field: Sender email address"
          discard={<Button kind="quiet" text="Discard" />}
        >
          {null}
        </SaveBar>
      </form>
    </Panel>
  )
}

function SideParts() {
  return (
    <>
      <Panel title="Facts">
        <DataList
          narrow
          items={[pair('Valid until', '3 December 2026'), pair('Key ID', '7a0f0000-0000-4000', 'mono')]}
        />
      </Panel>
      <Panel title="A mail server">
        <Facts>
          <Fact term="Accepted, 24 hours" value="401" isFigure />
          <Fact term="Client secret" value="12 days left" about="until 10 Dec 2026" />
          <Fact term="Last test" value={<Timestamp at={NOW} now={NOW} t={formatsIn('en')} />} />
          <Fact term="Failover server" value={<TextLink href={HERE}>Branch office</TextLink>} />
        </Facts>
      </Panel>
      <Panel title="Recipients in 24 hours">
        <div className="grid gap-3">
          <Gauge used={1204} limit={10_000} warnedFrom={0.8}>
            1,204 of 10,000
          </Gauge>
          <Gauge used={8300} limit={10_000} warnedFrom={0.8}>
            8,300 of 10,000
          </Gauge>
          <Gauge used={10_000} limit={10_000} warnedFrom={0.8}>
            10,000 of 10,000
          </Gauge>
        </div>
      </Panel>
      <CodeBlock title="Exchange Online PowerShell" text="Add-RecipientPermission -Identity 'finance'" />
      <CodeBlock text="550 5.7.60 Client does not have permissions" />
      <Steps steps={['Open Microsoft Entra.', 'Add a secret.']} />
      <p className="flex items-center gap-2 text-sm text-soft">
        <Icon name="info" className="size-4" /> Icons are 16 px next to text.
      </p>
    </>
  )
}
