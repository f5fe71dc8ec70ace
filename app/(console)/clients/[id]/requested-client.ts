import { notFound, redirect } from 'next/navigation'
import { cache } from 'react'
import { LEARNING_PATH } from '@/app/paths'
import { isUuid } from '@/lib/kernel/ids'
import { services } from '@/lib/services'
import type { Client } from '@/lib/submission/client'

const readOnce = cache((id: string) => services().submission.clients.read(id))

/** The client in the path; the page for what does not exist if there is none. */
export async function requestedClient(params: Promise<{ id: string }>): Promise<Client> {
  const { id } = await params
  const client = isUuid(id) ? await readOnce(id) : null
  if (client?.learningUntil) redirect(LEARNING_PATH)
  return client ?? notFound()
}
