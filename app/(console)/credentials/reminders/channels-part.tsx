import { DataList } from '@/components/data-list'
import { EmptyState } from '@/components/empty-state'
import { Section } from '@/components/section'
import type { Channel } from '@/lib/credentials/store/channel-rows'
import type { ViewContext } from '../_list/credential-cells'
import { ChannelCard } from './channel-card'

/** Every channel as a card, then the channels that need no set-up. */
export function ChannelsPart(
  props: ViewContext<'reminders'> & { channels: readonly Channel[]; mayWrite: boolean; mayTest: boolean },
) {
  const { channels, t, ...rest } = props
  return (
    <Section id="channels" title={t('channels.title')} description={t('channels.text')}>
      {channels.length === 0 ? (
        <EmptyState title={t('channels.none')}>
          <p>{t('channels.noneText')}</p>
        </EmptyState>
      ) : (
        <ul className="grid items-start gap-4 lg:grid-cols-2">
          {channels.map((channel) => (
            <ChannelCard key={channel.id} channel={channel} t={t} {...rest} />
          ))}
        </ul>
      )}
      <h3 className="mt-6 font-[600]">{t('always.title')}</h3>
      <p className="text-sm text-soft">{t('always.text')}</p>
      <DataList
        className="mt-2 text-sm"
        items={(['banner', 'log', 'metric'] as const).map((each) => ({
          term: t(`always.${each}`),
          value: <span className="text-soft">{t(`always.${each}Is`)}</span>,
        }))}
      />
    </Section>
  )
}
