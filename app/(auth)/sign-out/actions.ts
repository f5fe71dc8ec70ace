'use server'

import { redirect } from 'next/navigation'
import { entryActions } from '@/app/_server/entry-action'
import { plain } from '@/app/_server/plain-action'
import { setCookies } from '@/app/_server/set-cookies'
import { SIGN_IN_PATH } from '@/app/paths'
import { services } from '@/lib/services'

const leave = entryActions<void>('signed-in', (_, __, reason) =>
  redirect(reason === 'signed-out' ? SIGN_IN_PATH : `${SIGN_IN_PATH}?refused=${reason}`),
)

export const signOutAction = plain(
  leave('sign-in.sign-out', async (call) => {
    await setCookies(await services().signIn.signOut(call))
    redirect(SIGN_IN_PATH)
  }),
)
