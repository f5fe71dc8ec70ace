import { newFormToken } from '@/app/_server/form-token'
import { CodeBlock } from '@/components/code-block'
import { TextInput } from '@/components/inputs'
import { Note } from '@/components/note'
import { Section } from '@/components/section'
import { Table } from '@/components/table'
import { Timestamp } from '@/components/timestamp'
import { isLedByWorker, type Rotation } from '@/lib/credentials/rotation/rotation'
import type { SlotsView } from '@/lib/credentials/views'
import { actorName } from '@/lib/kernel/actor'
import type { CredentialKind } from '@/lib/kernel/credential-kind'
import { services } from '@/lib/services'
import type { ViewContext } from '../_list/credential-cells'
import { CredentialForm } from '../_rotation/credential-form'
import { rotateNowAction } from './actions'
import { reasonText, stepText } from './labels'

/** The newest rotations; the Activity page has all of them. */
const ROWS = 5

const REPLACEABLE: readonly CredentialKind[] = ['client-secret', 'certificate']

interface Panel extends ViewContext {
  slots: SlotsView
  mayWrite: boolean
  copy: { copy: string; copied: string }
}

/** The replacement of one mail server's credential through Microsoft Graph: a button, what it does, and its progress. */
export async function GraphRotation({ slots, mayWrite, copy, ...context }: Panel) {
  const { current, next, rotation, mailServer } = slots
  if (!current || !REPLACEABLE.includes(current.kind)) return null
  const { t } = context
  const { credentials } = services()
  const { id, name: server } = mailServer
  const usesCertificateAssertion = current.kind === 'certificate'
  const [rotations, commands] = await Promise.all([
    credentials.rotations(id, ROWS),
    usesCertificateAssertion ? credentials.objectIdCommands(id) : credentials.rotationGrant(id),
  ])
  const led = rotations.filter(isLedByWorker)
  const isLed = rotation !== null && isLedByWorker(rotation)
  const isBusy = rotation !== null && (isLed || rotation.step !== 'current')
  const labels = usesCertificateAssertion ? 'graph.proof' : 'graph'
  return (
    <Section id="graph" title={t('graph.title', { server })} description={t('graph.description')} className="no-print">
      {usesCertificateAssertion && <p className="mb-3 max-w-[46rem] text-sm">{t('graph.proof.text')}</p>}
      <ol className="mb-4 max-w-[46rem] list-decimal space-y-1 pl-5 text-sm text-soft">
        {(['asks', 'tests', 'takes-over', 'removes'] as const).map((part) => (
          <li key={part}>{t(`${labels}.will.${part}`)}</li>
        ))}
      </ol>
      {mayWrite && (next || isBusy) && (
        <Note kind="info" className="mb-4">
          <p>{t(isLed ? 'graph.under-way' : 'graph.cannot.next-exists')}</p>
        </Note>
      )}
      {mayWrite && !next && !isBusy && (
        <CredentialForm
          action={rotateNowAction}
          hidden={{ mailServer: id, formToken: newFormToken() }}
          copy={copy}
          submit={{ label: t(`${labels}.now`, { server }), pending: t('act.pending'), kind: 'primary' }}
        >
          {usesCertificateAssertion && (
            <TextInput
              name="objectId"
              label={t('graph.proof.objectId')}
              hint={t('graph.proof.objectIdHint')}
              defaultValue={current.applicationObjectId ?? ''}
              mono
            />
          )}
        </CredentialForm>
      )}
      {led.length > 0 && (
        <div className="mt-5">
          <Progress rotations={led} {...context} />
        </div>
      )}
      {commands && (
        <details className="mt-5">
          <summary className="py-1 font-[550]">{t(`${labels}.grant.title`)}</summary>
          <p className="mt-1 mb-3 max-w-[46rem] text-sm text-soft">{t(`${labels}.grant.text`)}</p>
          <CodeBlock text={commands.join('\n')} labels={copy} />
        </details>
      )}
    </Section>
  )
}

function Progress({ rotations, now, locale, t }: ViewContext & { rotations: readonly Rotation[] }) {
  return (
    <Table
      caption={t('graph.table.caption')}
      rows={rotations}
      rowKey={({ id }) => id}
      columns={[
        {
          key: 'started',
          label: t('graph.table.started'),
          cell: ({ startedAt }) => <Timestamp at={startedAt} now={now} locale={locale} />,
        },
        {
          key: 'by',
          label: t('graph.table.by'),
          cell: ({ automatic, startedBy }) => (automatic ? t('graph.table.automatic') : actorName(startedBy)),
        },
        {
          key: 'step',
          label: t('graph.table.step'),
          cell: (rotation) => (
            <>
              {stepText(rotation, t)}
              {rotation.fault && <span className="block text-soft">{reasonText(rotation.fault, rotation, t)}</span>}
            </>
          ),
        },
        {
          key: 'next',
          label: t('graph.table.next'),
          cell: ({ nextTryAt, endedAt, updatedAt }) =>
            endedAt ? t('graph.table.ended') : <Timestamp at={nextTryAt ?? updatedAt} now={now} locale={locale} />,
        },
      ]}
    />
  )
}
