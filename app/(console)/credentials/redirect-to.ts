import { CREDENTIALS_PATH } from '@/app/paths'
import 'server-only'
import type { Route } from 'next'
import { revalidatePath } from 'next/cache'
import { redirect } from 'next/navigation'
import type { Done } from './outcome'

/** Every page shows the status of mail, so all of them are loaded again. */
export function leadTo(done: Done, at: string = CREDENTIALS_PATH): never {
  revalidatePath('/', 'layout')
  redirect(`${at}?done=${done}` as Route)
}
