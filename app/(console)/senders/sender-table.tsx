import type { ReactNode } from 'react'
import { evidencePath, POLICY_PATH, senderPath } from '@/app/paths'
import type { Tone } from '@/components/answer'
import { StatusBadge } from '@/components/state-badge'
import { Table } from '@/components/table'
import { NameLink, TextLink, Timestamp } from '@/components/text'
import type { Translator, ViewContext } from '@/lib/i18n/translations'
import type { SenderState } from '@/lib/mail-server/senders/state'
import type { SenderView } from '@/lib/mail-server/senders/view'
import type { SenderObservation } from '@/lib/policy/sender'

const TONE: Record<SenderState, Tone> = {
  verified: 'good',
  refused: 'bad',
  unverified: 'info',
  outdated: 'warn',
}

export function SenderStateBadge({ state, t }: { state: SenderState; t: Translator<'senders'> }) {
  return <StatusBadge tone={TONE[state]}>{t(`state.${state}`)}</StatusBadge>
}

const DONE = ['added', 'way', 'removed']

/** Whether a flash message is about a change that did not happen. */
export const isNotDone = (key: string): boolean => !DONE.includes(key)

/** The mail server's own sender, which is verified in another way, one of policy rules, or an individual one. */
export interface SenderRow {
  address: string
  href: string
  badge: ReactNode
  result: Pick<SenderObservation, 'at' | 'how' | 'revision' | 'evidenceId'> | null
  way: string
  usedBy: ReactNode
}

export const rowOf = (sender: SenderView, server: string, t: Translator<'senders'>): SenderRow => ({
  address: sender.address,
  href: senderPath({ server, address: sender.address }),
  badge: <SenderStateBadge state={sender.state} t={t} />,
  result: sender.result,
  way: t(`way.${sender.way}`),
  usedBy: <UsedBy rules={sender.rules} t={t} />,
})

export function SenderTable({ rows, now, t }: ViewContext<'senders'> & { rows: readonly SenderRow[] }) {
  return (
    <Table caption={t('list.caption')} rows={rows} rowKey={({ address }) => address}>
      {(column) => [
        column(t('list.address'), { share: 'xl:w-[27%]' }, ({ address, href }) => (
          <NameLink href={href} name={address} />
        )),
        column(t('list.state'), { share: 'xl:w-[15%]' }, ({ badge }) => badge),
        column(t('list.result'), { wide: true, share: 'xl:w-[23%]' }, ({ result }) =>
          !result ? (
            <span className="text-faint">{t('list.none')}</span>
          ) : (
            <div className="grid justify-items-start">
              <Timestamp at={result.at} now={now} t={t} />
              <span className="text-xs text-soft">
                <TextLink href={evidencePath(result)}>
                  {t(result.how === 'test' ? 'list.byTest' : 'list.byDelivery')}
                </TextLink>
                {', '}
                {t('list.revision', { number: result.revision })}
              </span>
            </div>
          ),
        ),
        column(t('list.way'), { wide: true, share: 'xl:w-[17%]' }, ({ way }) => way),
        column(t('list.usedBy'), { brief: 'named', share: 'xl:w-[18%]' }, ({ usedBy }) => usedBy),
      ]}
    </Table>
  )
}

/** The policy rules that send as it, or that a person enters it. */
export function UsedBy({ rules, t }: { rules: SenderView['rules']; t: Translator<'senders'> }) {
  if (rules.length === 0) return t('list.person')
  return (
    <span className="grid justify-items-start">
      {rules.map((rule) => (
        <TextLink key={rule.place} href={POLICY_PATH}>
          <bdi>{t('list.rule', rule)}</bdi>
        </TextLink>
      ))}
    </span>
  )
}
