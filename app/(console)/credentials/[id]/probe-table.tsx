import { Section } from '@/components/section'
import { Table } from '@/components/table'
import { Timestamp } from '@/components/timestamp'
import type { Probe } from '@/lib/credentials/store/probes'
import { ProbeResult, RemedyLink, type ViewContext } from '../_list/credential-cells'

/** What Entra answered for a credential, newest first. */
export function ProbeTable({ probes, name, ...context }: ViewContext & { probes: readonly Probe[]; name: string }) {
  const { t } = context
  return (
    <Section id="answers" title={t('one.answers')}>
      <Table
        caption={t('one.answersCaption', { name })}
        rows={probes}
        rowKey={({ at }) => at.toISOString()}
        columns={[
          { key: 'when', label: t('one.when'), cell: ({ at }) => <Timestamp at={at} {...context} /> },
          { key: 'why', label: t('one.why'), cell: ({ reason }) => t(`one.reason.${reason}`) },
          {
            key: 'answer',
            label: t('one.answer'),
            cell: ({ outcome, diagnosisCode }) => (
              <>
                <ProbeResult outcome={outcome} t={t} />
                {diagnosisCode && <RemedyLink code={diagnosisCode} t={t} />}
              </>
            ),
          },
        ]}
      />
    </Section>
  )
}
