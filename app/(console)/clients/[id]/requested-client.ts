import type { Metadata } from 'next'
import { redirect } from 'next/navigation'
import { cache } from 'react'
import { missingTitle, notFound } from '@/app/_server/refusal'
import { LEARNING_PATH } from '@/app/paths'
import { isUuid } from '@/lib/kernel/ids'
import { services } from '@/lib/services'
import type { Client } from '@/lib/submission/client'

interface Route {
  params: Promise<{ id: string }>
}

const readOnce = cache(async (id: string) => (isUuid(id) ? services().submission.clients.read(id) : null))

/** The client in the path; the page for what does not exist if there is none. */
export async function requestedClient(params: Route['params']): Promise<Client> {
  const client = await readOnce((await params).id)
  if (client?.learningUntil) redirect(LEARNING_PATH)
  return client ?? notFound()
}

export async function clientTitle({ params }: Route): Promise<Metadata> {
  const client = await readOnce((await params).id)
  return client ? { title: client.name } : missingTitle()
}
