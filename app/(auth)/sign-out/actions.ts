'use server'

import { redirect } from 'next/navigation'
import { plain } from '@/app/_server/actions'
import { entryAction } from '@/app/_server/entry-action'
import { setCookies } from '@/app/_server/set-cookies'
import { SIGN_IN_PATH } from '@/app/paths'
import { services } from '@/lib/services'

export const signOutAction = plain(
  entryAction<void>({
    name: 'sign-in.sign-out',
    permission: 'signed-in',
    refused: (_, __, reason) => redirect(reason === 'signed-out' ? SIGN_IN_PATH : `${SIGN_IN_PATH}?refused=${reason}`),
    async run(call) {
      await setCookies(await services().signIn.signOut(call))
      redirect(SIGN_IN_PATH)
    },
  }),
)
