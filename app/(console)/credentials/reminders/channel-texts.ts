import type { Translator } from '@/lib/i18n/translations'
import type { Channel } from '@/lib/notifications/store/channel-rows'

/** A channel still names a client that was removed. */
export const clientName = (
  id: string | null,
  clients: readonly { id: string; name: string }[],
  t: Translator<'reminders'>,
): string => clients.find((client) => client.id === id)?.name ?? t(id === null ? 'events.all' : 'events.removedClient')

/** What a webhook gets. */
export type Contents = Pick<Channel, 'reminders' | 'messageEvents' | 'messageClientId'>

/** What the fields of a channel say, by their labels. `contents` are null for another kind of channel. */
export const channelTexts = (
  { name, locale }: Pick<Channel, 'name' | 'locale'>,
  contents: Contents | null,
  clients: readonly { id: string; name: string }[],
  t: Translator<'reminders'>,
): Record<string, string> => ({
  [t('add.name')]: name,
  [t('add.locale')]: t(`locale.${locale}`),
  ...(contents && {
    [t('events.title')]:
      [...(contents.reminders ? (['reminders'] as const) : []), ...contents.messageEvents]
        .map((each) => t(`events.${each}`))
        .join(', ') || t('events.none'),
    [t('events.client')]: clientName(contents.messageClientId, clients, t),
  }),
})
