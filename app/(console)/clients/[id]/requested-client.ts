import { redirect } from 'next/navigation'
import { notFound } from '@/app/_server/refusal'
import { LEARNING_PATH } from '@/app/paths'
import { isUuid } from '@/lib/kernel'
import { services } from '@/lib/services'
import type { Client } from '@/lib/submission/client'

/** The client in the path; the page for what does not exist if there is none. */
export async function requestedClient(id: string): Promise<Client> {
  const client = isUuid(id) ? await services().submission.clients.read(id) : null
  if (client?.learningUntil) redirect(LEARNING_PATH)
  return client ?? notFound()
}
