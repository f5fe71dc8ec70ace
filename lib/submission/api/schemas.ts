import { z } from 'zod'

export const API_STATUSES = ['queued', 'sending', 'held', 'delivered', 'declined', 'failed', 'cancelled'] as const
export type ApiStatus = (typeof API_STATUSES)[number]
export const isApiStatus = (text: string): text is ApiStatus => API_STATUSES.some((status) => status === text)

const id = z.uuid().meta({ description: 'Id of the message in the outbox.' })
const time = z.iso.datetime()

const summary = {
  id,
  status: z.enum(API_STATUSES).meta({
    description:
      '`queued`, `sending`, `held` (until a person releases it) and then one of the others. `delivered`: the mail server has accepted it for every recipient that the rules allow. `declined`: the rules decline it for every recipient. `failed`: at least one recipient does not get it.',
  }),
  subject: z.string(),
  sender: z.string().nullable().meta({ description: 'The author, for whom the rules decide.' }),
  acceptedAt: time,
  endedAt: time.nullable().meta({ description: 'Null while it waits.' }),
}

export const acceptedSchema = z.strictObject({
  id,
  status: z.literal('queued').meta({
    description:
      'The message is stored. The answer to a repeated request is the same, also if the message was delivered since.',
  }),
})

const listedSchema = z.strictObject(summary)

export const messageSchema = z.strictObject({
  ...summary,
  nextAttemptAt: time.nullable(),
  outcomeUnknown: z.boolean().meta({
    description:
      'An attempt ended without an answer after the message was handed over. It may have arrived although the status is `cancelled`, `declined` or `failed`, or may arrive twice.',
  }),
  recipients: z.array(
    z.strictObject({
      address: z.string(),
      status: z.enum(['queued', 'delivered', 'declined', 'failed', 'cancelled']),
      code: z.string().nullable().meta({ description: 'Why it failed, as on the Help page.' }),
      reply: z.string().nullable().meta({ description: 'What the mail server said.' }),
    }),
  ),
  attempts: z
    .array(
      z.strictObject({
        at: time,
        outcome: z.enum(['accepted', 'refused', 'failed', 'unknown']),
        stage: z.string().nullable(),
        code: z.string().nullable(),
        reply: z.string().nullable(),
      }),
    )
    .meta({ description: 'Newest first, at most 50.' }),
})
export type ApiMessage = z.output<typeof messageSchema>
export type ListedMessage = z.output<typeof listedSchema>

export const listSchema = z.strictObject({
  messages: z.array(listedSchema),
  nextCursor: z
    .uuid()
    .nullable()
    .meta({ description: 'For the parameter `cursor` of the next page; null on the last.' }),
})
